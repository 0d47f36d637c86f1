import packageJson from '../../package.json' with { type: 'json' };

/** Name and version as reports carry them. */
export const program = { name: 'AcousticSense AI', version: packageJson.version } as const;

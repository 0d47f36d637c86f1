/** One session in a process of its own, for `bareWindowsPerSecond`: says when it is warm, and how long the windows took, ms. */
import { once } from 'node:events';
import { type BareAsk, openBareSession } from './bareNetwork.ts';

const [packageFolder = '', songPath = '', threads = '1'] = process.argv.slice(2);
const run = await openBareSession(packageFolder, songPath, Number(threads));
const asked = once(process, 'message') as Promise<[BareAsk]>;
process.send?.('ready');
const [{ windows }] = await asked;
const startMs = performance.now();
for (let window = 0; window < windows; window += 1) await run(window);
process.send?.(performance.now() - startMs, () => process.disconnect());

/**
 * Setup of every test project: the seed of all properties. `npm test` draws the same cases each time, so that a commit
 * that passed passes again; `npm run nightly -- --only properties` looks for new ones (`ACOUSTICSENSE_PROPERTY_SEED=random`).
 * What it finds becomes an example of its own beside the property. A failure prints its seed in either case.
 */
import * as fc from 'fast-check';

if (process.env['ACOUSTICSENSE_PROPERTY_SEED'] !== 'random') {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_122 });
}

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '#app/App.tsx';
import { compose } from '#app/composition.ts';
import { modelIds } from '#app/pageHost.ts';
import { openLibrary } from '#state/actions/libraryActions.ts';
import { watchVersion, wouldLoseWork } from '#state/actions/offlineActions.ts';
import { startOffline } from '#platform/offline.ts';
import { loadBars } from '#ui/features/predictions/PredictionsPanel.tsx';
import '#ui/styles/tokens.css';
import '#ui/styles/base.css';

const bench = compose();
// Before the first frame, so that a chosen theme never flashes the other one.
document.documentElement.dataset['theme'] = bench.settings.getState().theme;

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App bench={bench} />
  </StrictMode>,
);

/** After the first paint: what makes the first drop quick must not make the page slow. */
const whenQuiet = (work: () => void): void => {
  requestAnimationFrame(() => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: 2000 });
    else setTimeout(work, 200);
  });
};

const offerModels = async (): Promise<void> => {
  const ids = await modelIds();
  const { modelId } = bench.model.getState();
  bench.model.setState({ available: ids.includes(modelId) ? ids : [modelId, ...ids] });
};

whenQuiet(() => {
  void bench.session.warmUp();
  void openLibrary.effect(bench);
  void loadBars();
  void offerModels();
});

// The browser asks in its own words, and only somebody who has touched the page.
addEventListener('beforeunload', (event) => {
  if (wouldLoseWork(bench)) event.preventDefault();
});

watchVersion.effect(bench);
void startOffline(() => bench.jobs.getState().order.length === 0);

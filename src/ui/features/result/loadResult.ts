/** The result's panels, half of the page's code: they come while the first screen is looked at, or with the first file. */
export const loadResultView = () => import('#ui/features/result/ResultView.tsx');

/** The chart library is larger than the rest of the page: it comes with the panels. */
export const loadBars = () => import('#ui/features/predictions/PredictionBars.tsx');

/** Both, ahead of need. A failure shows where they are needed. */
export async function loadResult(): Promise<void> {
  await Promise.allSettled([loadResultView(), loadBars()]);
}

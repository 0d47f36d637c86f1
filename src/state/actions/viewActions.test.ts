import { describe, expect, it } from 'vitest';
import { addFiles, select } from '#state/actions/jobActions.ts';
import {
  clearRegion,
  nextColormap,
  panBy,
  panRight,
  resetContrast,
  seenOf,
  setContrast,
  setViewport,
  toggleContour,
  wholeTrack,
  zoomAround,
  zoomIn,
  zoomOut,
} from '#state/actions/viewActions.ts';
import { createFakeHost, fakeFile } from '#state/testing/fakeHost.ts';
import type { Workbench } from '#state/workbench.ts';

/** A page with two finished files of 48 frames (2.23 s), the first one selected. */
async function bench(): Promise<Workbench> {
  const host = createFakeHost();
  addFiles.effect(host.bench, [fakeFile('a.wav'), fakeFile('b.wav')]);
  await host.bench.runner.idle();
  return host.bench;
}

const spanOf = (page: Workbench): number => {
  const seen = seenOf(page);
  return seen === null ? 0 : seen.viewport.endSeconds - seen.viewport.startSeconds;
};
const whole = (48 * 1024) / 22_050;

describe('what is seen', () => {
  it('is the whole track first; keys halve it and come back', async () => {
    const page = await bench();
    expect(spanOf(page)).toBeCloseTo(whole, 9);
    expect([zoomIn, zoomOut, wholeTrack, panRight].map((command) => command.enabled(page))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    void zoomIn.effect(page);
    expect(spanOf(page)).toBeCloseTo(whole / 2, 9);
    expect(seenOf(page)?.viewport.startSeconds).toBeCloseTo(whole / 4, 9);
    void panRight.effect(page);
    expect(seenOf(page)?.viewport.startSeconds).toBeCloseTo(whole / 4 + whole / 8, 9);
    void zoomOut.effect(page);
    expect(page.view.getState().viewport).toBeNull();
  });

  it('zooms by key around a cursor that is seen', async () => {
    const page = await bench();
    page.view.setState({ cursor: { seconds: whole * 0.9, hertz: null } });
    void zoomIn.effect(page);
    const seen = seenOf(page)!.viewport;
    expect((whole * 0.9 - seen.startSeconds) / (seen.endSeconds - seen.startSeconds)).toBeCloseTo(0.9, 6);
  });

  it('does not change where there is nowhere to go', async () => {
    const page = await bench();
    setViewport.effect(page, { startSeconds: 0, endSeconds: 1, lowBand: 0, highBand: 4 });
    const before = page.view.getState().viewport;
    panBy.effect(page, { seconds: -3 });
    zoomAround.effect(page, { bands: 0.5 }, { seconds: 0, band: 2 });
    expect(page.view.getState().viewport).toBe(before);
    void wholeTrack.effect(page);
    zoomAround.effect(page, { times: 4 }, { seconds: 1, band: 2 });
    expect(page.view.getState().viewport).toBeNull();
  });

  it('another file starts with a fresh view, and without a picture nothing is to be seen', async () => {
    const page = await bench();
    void zoomIn.effect(page);
    page.view.setState({ region: { startSeconds: 0, endSeconds: 1, lowHz: 100, highHz: 200 } });
    expect(clearRegion.enabled(page)).toBe(true);
    select.effect(page, page.jobs.getState().order[1] ?? '');
    expect(page.view.getState()).toMatchObject({ viewport: null, region: null, cursor: null });
    expect(clearRegion.enabled(page)).toBe(false);
    page.jobs.setState({ selectedId: null });
    expect(seenOf(page)).toBeNull();
    expect(zoomIn.enabled(page)).toBe(false);
  });

  it('Escape takes the box away', async () => {
    const page = await bench();
    page.view.setState({ region: { startSeconds: 0, endSeconds: 1, lowHz: 100, highHz: 200 } });
    void clearRegion.effect(page);
    expect(page.view.getState().region).toBeNull();
  });
});

describe('how it is drawn', () => {
  it('the colour maps follow each other', async () => {
    const page = await bench();
    const seen = Array.from({ length: 4 }, () => {
      void nextColormap.effect(page);
      return page.settings.getState().colormap;
    });
    expect(seen).toEqual(['viridis', 'grey', 'magma', 'viridis']);
  });

  it('the ends of the contrast never cross, and can be put back', async () => {
    const page = await bench();
    expect(resetContrast.enabled(page)).toBe(false);
    setContrast.effect(page, 'floorDb', -3);
    expect(page.settings.getState()).toMatchObject({ floorDb: -6, ceilingDb: 0 });
    setContrast.effect(page, 'ceilingDb', -50);
    expect(page.settings.getState()).toMatchObject({ floorDb: -56, ceilingDb: -50 });
    setContrast.effect(page, 'floorDb', -40);
    expect(page.settings.getState()).toMatchObject({ floorDb: -40, ceilingDb: -34 });
    setContrast.effect(page, 'ceilingDb', -500);
    expect(page.settings.getState()).toMatchObject({ floorDb: -120, ceilingDb: -114 });
    void resetContrast.effect(page);
    expect(page.settings.getState()).toMatchObject({ floorDb: -80, ceilingDb: 0 });
  });

  it('contour and fill change places', async () => {
    const page = await bench();
    void toggleContour.effect(page);
    expect(page.settings.getState().overlayStyle).toBe('contour');
    void toggleContour.effect(page);
    expect(page.settings.getState().overlayStyle).toBe('fill');
  });
});

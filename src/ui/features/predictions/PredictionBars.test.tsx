// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import PredictionBars, { type BarRow } from '#ui/features/predictions/PredictionBars.tsx';

const rows: readonly BarRow[] = [
  { genre: 'Jazz', label: 'Jazz', experimental: false, probability: 0.43211, short: '43%', exact: '43.21%' },
  { genre: 'Folk', label: 'Folk', experimental: true, probability: 0.25, short: '25%', exact: '25.00%' },
];

const value = (index: number): string | null | undefined =>
  screen.getAllByTestId('prediction-value')[index]?.textContent;
const bar = (index: number): Element => screen.getAllByTestId('prediction-bar')[index] ?? document.body;

afterEach(cleanup);

describe('PredictionBars', () => {
  it('gives each bar a stop of the keyboard, a name with the exact confidence, and a length in proportion', () => {
    render(<PredictionBars rows={rows} width={600} describedBy="Bars" />);
    const bars = screen.getAllByTestId('prediction-bar');
    expect(bars.map((bar) => bar.getAttribute('aria-label'))).toEqual(['Jazz: 43.21%', 'Folk *: 25.00%']);
    expect(bars.every((bar) => bar.getAttribute('tabindex') === '0')).toBe(true);
    const lengths = bars.map((bar) => Number(bar.querySelectorAll('rect')[2]?.getAttribute('width')));
    expect((lengths[0] ?? 0) / (lengths[1] ?? 1)).toBeCloseTo(0.43211 / 0.25, 3);
  });

  it('shows the exact confidence on focus and on hover, the rounded one otherwise', () => {
    render(<PredictionBars rows={rows} width={600} describedBy="Bars" />);
    expect(value(0)).toBe('43%');
    fireEvent.focus(bar(0));
    expect(value(0)).toBe('43.21%');
    fireEvent.blur(bar(0));
    expect(value(0)).toBe('43%');
    fireEvent.mouseEnter(bar(1));
    expect(value(1)).toBe('25.00%');
  });
});

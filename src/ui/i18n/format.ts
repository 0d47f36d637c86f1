import type { Language } from '#state/settings.ts';

/** Numbers as people read them, in one language. Input units stand in the names. */
export interface Format {
  /** 0..1 as a percentage with two decimals: exact enough to quote. */
  percentExact(ratio: number): string;
  /** 0..1 as a whole percentage; under one percent "<1%". */
  percentShort(ratio: number): string;
  bytes(count: number): string;
  milliseconds(value: number): string;
  secondsLong(value: number): string;
  kilohertz(hertz: number): string;
  integer(value: number): string;
  decimal(value: number, digits: number): string;
}

export function createFormat(language: Language): Format {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const numbers = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
    const formatter = new Intl.NumberFormat(locale, options);
    return (value) => formatter.format(value);
  };
  const percentExact = numbers({ style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const percentShort = numbers({ style: 'percent', maximumFractionDigits: 0 });
  const integer = numbers({ maximumFractionDigits: 0 });
  const one = numbers({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const upToOne = numbers({ maximumFractionDigits: 1 });
  return {
    percentExact,
    percentShort: (ratio) => (ratio > 0 && ratio < 0.005 ? `<${percentShort(0.01)}` : percentShort(ratio)),
    bytes: (count) => {
      if (count >= 1e9) return `${one(count / 1e9)} GB`;
      if (count >= 1e6) return `${one(count / 1e6)} MB`;
      if (count >= 1e3) return `${integer(count / 1e3)} kB`;
      return `${integer(count)} B`;
    },
    milliseconds: (value) => (value < 1000 ? `${integer(value)} ms` : `${one(value / 1000)} s`),
    secondsLong: (value) => `${one(value)} s`,
    kilohertz: (hertz) => `${upToOne(hertz / 1000)} kHz`,
    integer,
    decimal: (value, digits) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
        value,
      ),
  };
}

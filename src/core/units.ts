/** Branded numbers: a frequency cannot be passed where a time is meant. The brand exists for the compiler only. */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A frequency or a sample rate, in hertz. */
export type Hertz = Unit<'Hertz'>;

export const hertz = (value: number): Hertz => value as Hertz;

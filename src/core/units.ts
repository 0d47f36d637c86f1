/** Branded numbers: a frequency cannot be passed where a time is meant. The brand exists for the compiler only. */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A frequency or a sample rate, in hertz. */
export type Hertz = Unit<'Hertz'>;
/** A time or a duration, in seconds. */
export type Seconds = Unit<'Seconds'>;
/** An index into samples, counted from the start of the track. */
export type SampleIndex = Unit<'SampleIndex'>;
/** An index of an STFT frame, counted from the start of the track. */
export type FrameIndex = Unit<'FrameIndex'>;
/** An index of a mel band; 0 is the lowest. */
export type MelBin = Unit<'MelBin'>;

export const hertz = (value: number): Hertz => value as Hertz;
export const seconds = (value: number): Seconds => value as Seconds;
export const sampleIndex = (value: number): SampleIndex => value as SampleIndex;
export const frameIndex = (value: number): FrameIndex => value as FrameIndex;
export const melBin = (value: number): MelBin => value as MelBin;

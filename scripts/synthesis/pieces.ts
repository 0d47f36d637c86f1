/** Five short pieces in recognisable styles, written for this project. Each is 11 s long: one model window and a little. */
import {
  addBass,
  addFlute,
  addHat,
  addInto,
  addKick,
  addPluck,
  addRoom,
  addSnare,
  addStrings,
  addSynth,
  distort,
  master,
  newMix,
  seededNoise,
  type Mix,
} from './instruments.ts';

export const pieceSeconds = 11;

export interface Piece {
  readonly file: string;
  readonly title: { readonly en: string; readonly zh: string };
  readonly compose: () => Mix;
}

/** 126 beats per minute, four on the floor, a pumping bass and an arpeggio over Am F C G. */
function nightDrive(): Mix {
  const mix = newMix(pieceSeconds);
  const noise = seededNoise(1);
  const beat = 60 / 126;
  const chords = [
    [57, 60, 64, 69],
    [53, 57, 60, 65],
    [48, 52, 55, 60],
    [55, 59, 62, 67],
  ];
  for (let step = 0; step * (beat / 4) < pieceSeconds; step++) {
    const time = (step * beat) / 4;
    const chord = chords[Math.floor(step / 16) % chords.length] ?? [];
    if (step % 4 === 0) addKick(mix, time, 1);
    if (step % 4 === 2) addHat(mix, time, 0.35, noise, 25);
    addHat(mix, time, 0.12, noise, 70);
    if (step % 8 === 4) addSnare(mix, time, 0.45, noise);
    if (step % 4 !== 0) addBass(mix, time, beat / 4, (chord[0] ?? 57) - 24 + 12, 0.45);
    const note = chord[[0, 1, 2, 3, 2, 1][step % 6] ?? 0] ?? 60;
    addSynth(mix, time, beat / 3, note + 12, 0.18, 9);
    if (step % 16 === 0) for (const pitch of chord) addSynth(mix, time, beat * 3.9, pitch, 0.09, 0.6);
  }
  addRoom(mix, 0.25, 0.5);
  return master(mix);
}

/** A string section, 72 beats per minute: D major, a descending bass in the manner of a baroque sequence. */
function evensong(): Mix {
  const mix = newMix(pieceSeconds);
  const half = (60 / 72) * 1.65;
  const chords = [
    [50, 66, 69, 74],
    [45, 64, 69, 73],
    [47, 62, 66, 71],
    [42, 61, 66, 69],
    [43, 59, 67, 71],
    [38, 57, 66, 69],
    [43, 59, 62, 67],
    [45, 57, 64, 73],
  ];
  const melody = [78, 76, 74, 73, 71, 69, 71, 73];
  chords.forEach((chord, i) => {
    const time = i * half;
    for (const [voice, pitch] of chord.entries()) {
      addStrings(mix, time, half + 0.2, pitch, voice === 0 ? 0.5 : 0.32);
    }
    const top = melody[i] ?? 74;
    addStrings(mix, time, half * 0.75 + 0.1, top, 0.4);
    addStrings(mix, time + half * 0.75, half * 0.25 + 0.15, (melody[i + 1] ?? 74) + 2, 0.3);
  });
  addRoom(mix, 0.7, 0.75);
  return master(mix);
}

/** 76 beats per minute, guitar and organ on the offbeat, a melodic bass, the drum on three. */
function islandNoon(): Mix {
  const mix = newMix(pieceSeconds);
  const noise = seededNoise(3);
  const beat = 60 / 76;
  const chords = [
    [57, 60, 64],
    [62, 65, 69],
  ];
  const bassLine = [33, 33, 40, 36, 38, 38, 45, 41];
  for (let step = 0; step * (beat / 2) < pieceSeconds; step++) {
    const time = (step * beat) / 2;
    const bar = Math.floor(step / 8);
    const chord = chords[bar % 2] ?? [];
    addHat(mix, time, step % 2 === 0 ? 0.12 : 0.2, noise, 55);
    if (step % 2 === 1) {
      for (const pitch of chord) {
        addPluck(mix, time, 0.13, pitch + 12, 0.35, noise, 0.35);
        addSynth(mix, time, 0.16, pitch, 0.14, 3);
      }
    }
    if (step % 8 === 4) {
      addKick(mix, time, 0.8);
      addSnare(mix, time, 0.4, noise);
    }
    const bass = bassLine[(bar % 2) * 4 + (Math.floor(step / 2) % 4)] ?? 33;
    if (step % 2 === 0 && step % 8 !== 0) addBass(mix, time, beat * 0.8, bass, 0.8);
    if (step % 8 === 3) addBass(mix, time, beat * 0.4, bass + 3, 0.6);
  }
  addRoom(mix, 0.3, 0.55);
  return master(mix);
}

/** 150 beats per minute: palm-muted low E, power chords through a distorting amplifier, double bass drum. */
function ironGate(): Mix {
  const guitars = newMix(pieceSeconds);
  const drums = newMix(pieceSeconds);
  const bass = newMix(pieceSeconds);
  const noise = seededNoise(4);
  const eighth = 60 / 150 / 2;
  // pitch above low E, or null for a muted E; one bar of eight eighths each
  const riff = [null, null, 3, null, null, 5, null, 6, null, null, 5, null, 3, null, 1, 1];
  for (let step = 0; step * eighth < pieceSeconds; step++) {
    const time = step * eighth;
    const above = riff[step % riff.length] ?? null;
    const root = 40 + (above ?? 0);
    const seconds = above === null ? eighth * 0.6 : eighth * 0.98;
    const damping = above === null ? 0.5 : 0.3;
    for (const interval of above === null ? [0] : [0, 7, 12]) {
      addPluck(guitars, time, seconds, root + interval, 0.6, noise, damping);
      addSynth(guitars, time, seconds, root + interval, above === null ? 0.12 : 0.22, 1.5);
    }
    addBass(bass, time, eighth * 0.9, root - 12, 0.7);
    addKick(drums, time, 0.7);
    if (step % 8 < 4) addKick(drums, time + eighth / 2, 0.5);
    if (step % 4 === 2) addSnare(drums, time, 0.9, noise);
    if (step % 2 === 0) addHat(drums, time, 0.4, noise, 18);
  }
  distort(guitars, 9);
  const mix = newMix(pieceSeconds);
  addInto(mix, guitars, 0.6);
  addInto(mix, bass, 0.5);
  addInto(mix, drums, 0.9);
  addRoom(mix, 0.15, 0.4);
  return master(mix);
}

/** One unaccompanied line, freely in E Dorian, flute-like. */
function farShore(): Mix {
  const mix = newMix(pieceSeconds);
  const noise = seededNoise(5);
  // [pitch, length in seconds]; null is a breath
  const line: readonly (readonly [number | null, number])[] = [
    [64, 0.7],
    [67, 0.35],
    [69, 0.35],
    [71, 1.05],
    [null, 0.2],
    [74, 0.35],
    [73, 0.35],
    [71, 0.7],
    [69, 0.35],
    [67, 0.35],
    [69, 1.2],
    [null, 0.3],
    [71, 0.5],
    [69, 0.25],
    [67, 0.25],
    [66, 0.5],
    [64, 0.5],
    [62, 0.5],
    [64, 1.9],
  ];
  let time = 0.1;
  for (const [pitch, seconds] of line) {
    if (pitch !== null) addFlute(mix, time, seconds * 0.97, pitch, 0.5, noise);
    time += seconds;
  }
  addRoom(mix, 0.8, 0.78);
  return master(mix);
}

export const pieces: readonly Piece[] = [
  {
    file: 'night-drive.wav',
    title: { en: 'Night drive (electronic)', zh: '夜间行驶（电子）' },
    compose: nightDrive,
  },
  { file: 'evensong.wav', title: { en: 'Evensong (strings)', zh: '晚祷（弦乐）' }, compose: evensong },
  {
    file: 'island-noon.wav',
    title: { en: 'Island noon (offbeat)', zh: '海岛正午（反拍）' },
    compose: islandNoon,
  },
  { file: 'iron-gate.wav', title: { en: 'Iron gate (metal riff)', zh: '铁门（金属）' }, compose: ironGate },
  {
    file: 'far-shore.wav',
    title: { en: 'Far shore (solo line)', zh: '彼岸（独奏旋律）' },
    compose: farShore,
  },
];

/** One answer of each kind, by the title of its schema: shown in the description, and held against the schema by a test. */

const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const weights = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const jobId = '0a4d55a8d778e5022fab701977c5d840bbc486d0';
const model = { id: 'acousticsense-vit-b16', version: '1.0.0', sha256: weights };
const results = [
  { genre: 'Jazz', zh: '爵士', confidence: 0.83 },
  { genre: 'Blues', zh: '蓝调', confidence: 0.07 },
  { genre: 'R&B', zh: '节奏布鲁斯', confidence: 0.04 },
  { genre: 'Folk', zh: '民谣', confidence: 0.02 },
  { genre: 'Rock', zh: '摇滚', confidence: 0.01 },
];

const songResult = {
  songId: 'catalogue-000123',
  genre: 'Jazz',
  confidence: 0.83,
  top5: results.map(({ genre, confidence: each }) => ({ genre, confidence: each })),
  model,
  audioSha256: sha256,
  durationSeconds: 183.4,
  agreement: 0.91,
  at: '2026-03-01T08:15:30.125Z',
  jobId,
};

export const answerExamples: Readonly<Record<string, unknown>> = {
  GenreAnswer: {
    results,
    track: {
      duration: 183.4,
      windows: 35,
      silentWindows: 0,
      agreement: 0.91,
      ambiguous: false,
      notMusic: false,
    },
    audio: {
      name: 'song.mp3',
      bytes: 4_401_280,
      sha256,
      container: 'mp3',
      sampleRate: 44_100,
      channels: 2,
    },
    model,
    warnings: [],
    timings: {
      waitMs: 0.4,
      readMs: 2.1,
      hashMs: 9.8,
      decodeMs: 210.5,
      resampleMs: 160.2,
      melMs: 190.7,
      inferenceMs: 2450.3,
      totalMs: 3030.9,
    },
  },
  Models: {
    models: [
      {
        id: model.id,
        version: model.version,
        sha256: weights,
        bytes: 87_222_400,
        isDefault: true,
        licence: 'CC BY-NC 4.0',
        windowSeconds: 10.4,
        labels: [{ id: 'Jazz', en: 'Jazz', zh: '爵士', experimental: false }],
      },
    ],
  },
  SongResult: songResult,
  EnqueuedSongs: {
    jobs: [
      { songId: songResult.songId, outcome: 'queued', jobId },
      {
        songId: 'catalogue-000124',
        outcome: 'refused',
        error: { code: 'unreadable-file', message: 'the file cannot be opened: ENOENT' },
      },
    ],
  },
  DeadJobs: {
    jobs: [
      {
        jobId,
        songId: songResult.songId,
        state: 'dead',
        attempts: 1,
        error: { code: 'decode-failed', message: 'the decoder found no frame' },
        path: '/srv/music/000123.mp3',
        model: { id: model.id, sha256: weights },
        windows: null,
        priority: 5,
        diedAt: '2026-03-01T08:15:30.125Z',
      },
    ],
  },
  Requeued: { requeued: 1 },
  QueueState: { paused: true },
  ResultsPage: { results: [songResult], cursor: '1842' },
  JobStatus: { jobId, songId: songResult.songId, state: 'waiting', attempts: 0, error: null },
  QueueCounts: {
    waiting: 120,
    delayed: 2,
    active: 4,
    dead: 1,
    done: 5310,
    paused: false,
    workers: 2,
    concurrency: 4,
    finishedPerSecond: 1.5,
    predictedDrainSeconds: 84,
  },
};

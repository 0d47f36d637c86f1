import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { err, type Result } from '#core/result.ts';
import type { DecoderAsk, DecoderMessage, HeardMessage } from '#server/analysis/heardMessage.ts';
import { sourceLoader } from '#server/analysis/processFlags.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

export interface DecoderSettings {
  /** Path of the program that the process runs. */
  readonly module: string;
  /** Resident bytes over which the process is killed while it works. */
  readonly maxBytes: number;
  /** Resident bytes over which it is replaced after a file: an allocator seldom gives a long file's memory back. */
  readonly idleBytes: number;
  /** Files after which it is replaced too: what native decoders do not give back grows with them. */
  readonly mostFiles: number;
  /** Told of every start (the process id) and every end (null), so that somebody else can kill it too. */
  readonly onProcess: (pid: number | null) => void;
  /** Told when a process ended that was neither replaced nor closed. */
  readonly onBroken: (reason: string) => void;
}

/** One decoder process, started when it is needed and again when it broke. One file at a time. */
export interface DecoderProcess {
  /** Starts the process, if there is none, before it is needed. */
  warm(): void;
  /**
   * The windows of a file. Errors: those of `hearFile`; `decoder-crashed` where the process ended or took too much memory;
   * `time-limit` after `limitMs`, `cancelled` soon after the signal. The process is killed in the last two.
   */
  hear(
    ask: Omit<DecoderAsk, 'id'>,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<Result<HeardMessage, ServiceError>>;
  close(): void;
}

const memoryLookMs = 100;
/** A file whose asker has gone gets so long to end by itself: mostly it does, and a new process costs more. */
const cancelPatienceMs = 1500;
/** Of what the process writes to its standard error, for the log. */
const keptErrorText = 600;

/** What the decoder process may know of the environment: no keys, no passwords. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];

interface Pending {
  readonly ask: DecoderAsk;
  /** The process has touched the file: its end is the file's doing. */
  begun: boolean;
  retried: boolean;
  readonly end: (answer: Result<HeardMessage, ServiceError>) => void;
}

// A message that does not arrive has a process that ends: its 'exit' says how.
const send = (to: ChildProcess, ask: DecoderAsk): void => {
  to.send(ask, () => undefined);
};

export function createDecoderProcess(settings: DecoderSettings): DecoderProcess {
  let child: ChildProcess | null = null;
  let pending: Pending | null = null;
  let lastId = 0;
  let residentBytes = 0;
  let files = 0;
  let errorText = '';

  function start(): ChildProcess {
    const env: NodeJS.ProcessEnv = Object.fromEntries(
      passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    // Symphonia decodes on threads that come and go, one file at a time: an arena of the allocator for each of them would
    // grow the process for nothing.
    env['MALLOC_ARENA_MAX'] ??= '1';
    const started = fork(settings.module, [], {
      execArgv: [...sourceLoader],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env,
    });
    child = started;
    residentBytes = 0;
    files = 0;
    errorText = '';
    settings.onProcess(started.pid ?? null);
    started.stderr?.on('data', (data: Buffer) => {
      errorText = (errorText + data.toString('utf8')).slice(-keptErrorText);
    });
    started.on('message', (message: DecoderMessage) => {
      if (message.id !== pending?.ask.id) return;
      if (message.kind === 'begun') {
        pending.begun = true;
        return;
      }
      ({ residentBytes } = message);
      pending.end(message.result);
    });
    // A message that cannot be delivered means that the process is ending: 'exit' says how.
    started.on('error', (cause) => {
      if (started.pid === undefined) broken(started, `could not be started: ${cause.message}`);
    });
    started.on('exit', (code, signal) => broken(started, `ended with ${signal ?? `status ${code}`}`));
    return started;
  }

  function broken(which: ChildProcess, how: string): void {
    if (child !== which) return;
    child = null;
    settings.onProcess(null);
    const said = errorText.trim() === '' ? '' : `: ${errorText.trim()}`;
    settings.onBroken(`the decoder ${how}${said}`);
    if (pending === null) return;
    if (!pending.begun && !pending.retried) {
      // It ended at rest, as the file was on its way: no fault of the file.
      pending.retried = true;
      send(start(), pending.ask);
      return;
    }
    pending.end(err(serviceError('decoder-crashed', `the decoder ${how}`)));
  }

  /** Ends the process on purpose; the next file starts another. */
  function stop(): void {
    const stopped = child;
    child = null;
    if (stopped === null) return;
    settings.onProcess(null);
    stopped.kill('SIGKILL');
  }

  return {
    warm: () => {
      if (child === null) start();
    },
    hear: (ask, limitMs, signal) =>
      new Promise((resolve) => {
        if (pending !== null) throw new Error('the decoder process works on one file at a time');
        const stopWith = (error: ServiceError): void => {
          stop();
          pending?.end(err(error));
        };
        const limit = setTimeout(
          () => stopWith(serviceError('time-limit', `decoding took longer than ${Math.round(limitMs)} ms`)),
          Math.max(0, limitMs),
        );
        let patience: NodeJS.Timeout | undefined;
        const onAbort = (): void => {
          patience = setTimeout(
            () => stopWith(serviceError('cancelled', 'cancelled while decoding')),
            cancelPatienceMs,
          );
        };
        const memory = setInterval(() => {
          const bytes = child?.pid === undefined ? 0 : residentBytesOf(child.pid);
          if (bytes <= settings.maxBytes) return;
          const mib = Math.round(bytes / 2 ** 20);
          settings.onBroken(`the decoder took ${mib} MiB`);
          stopWith(serviceError('decoder-crashed', `the decoder took ${mib} MiB`, { mib }));
        }, memoryLookMs);
        pending = {
          ask: { ...ask, id: ++lastId },
          begun: false,
          retried: false,
          end: (answer) => {
            pending = null;
            clearTimeout(limit);
            clearTimeout(patience);
            clearInterval(memory);
            signal.removeEventListener('abort', onAbort);
            files += 1;
            if (child !== null && (residentBytes > settings.idleBytes || files >= settings.mostFiles)) {
              stop();
              start();
            }
            resolve(answer);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        send(child ?? start(), pending.ask);
      }),
    close: stop,
  };
}

/** 0 where the system does not say (anything but Linux): the limit is not enforced there. */
function residentBytesOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}

/**
 * Resolves with the first SIGTERM or SIGINT: stop, and finish what was taken. The second one ends the process as that
 * signal does where nobody listens: not by `process.exit`, where the runtime of the network aborts with a message when it is
 * torn down in the middle of a run.
 */
export function stopSignal(): Promise<'stop'> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (told) {
        process.removeListener(signal, onSignal);
        process.kill(process.pid, signal);
        return;
      }
      told = true;
      resolve('stop');
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

/**
 * Asks /health every 20 ms from a process of its own, so that the client's own work is not in the figures, until it is told
 * to stop; then sends the milliseconds of all answers. An answer that is no 200 counts as infinitely late.
 */
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { askOver } from './serviceProgram.ts';

const url = process.argv[2] ?? '';
const agent = new Agent({ keepAlive: true });
const times: number[] = [];
const stop = new AbortController();
process.once('message', () => stop.abort());
process.send?.('started');
while (!stop.signal.aborted) {
  const answer = await askOver(agent, `${url}/health`).catch(() => null);
  times.push(answer?.status === 200 ? answer.ms : Infinity);
  await pause(20);
}
agent.destroy();
process.send?.(times, () => process.disconnect());

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether the Host header names this program in a way that the name of another site cannot: an address, localhost, or the
 * name it was told to listen on. The name of a foreign page can be made to lead to this machine (DNS rebinding), and its
 * scripts are then of the same origin for the browser.
 *
 * @param hostHeader With or without the port; programs that send none are no browsers, and pass.
 */
export function isOwnHostName(hostHeader: string | undefined, own: string): boolean {
  if (hostHeader === undefined || hostHeader === '') return true;
  const name = hostHeader.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || name === own;
}

/** Whether only this machine reaches what listens there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Browsers say where a request comes from; programs say nothing and are not what this is about. */
export function isFromOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.host;
}

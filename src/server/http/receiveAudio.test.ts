import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { sendError } from '#server/http/answers.ts';
import { type Incoming, openIncoming } from '#server/http/incoming.ts';
import { rawAudioType, receiveAudio } from '#server/http/receiveAudio.ts';
import { formOf, formType } from '#server/http/testing/multipart.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'acousticsense-incoming-'));

/** An intake whose disk fails after its first bytes. */
async function failingDisk(code: string): Promise<Incoming> {
  const opened = await openIncoming(folder());
  if (!opened.ok) throw new Error(opened.error.message);
  return {
    ...opened.value,
    async create(path) {
      const file = await open(path, 'wx');
      let room = 10;
      return {
        close: () => file.close(),
        write: (async (data: Buffer, at: number) => {
          if (room === 0) throw Object.assign(new Error(`${code}: write`), { code });
          const written = await file.write(data, at, Math.min(room, data.length - at));
          room -= written.bytesWritten;
          return written;
        }) as never,
      };
    },
  };
}

async function upload(incoming: Incoming, type: string, payload: Buffer) {
  const app = Fastify();
  await app.register(multipart);
  app.addContentTypeParser(rawAudioType, (_request, _payload, done) => done(null));
  app.post('/', async (request, reply) => {
    const limits = { maxBytes: 1e6, timeoutMs: 5000, stallMs: 5000 };
    const received = await receiveAudio(request, reply, incoming, limits);
    return received.ok ? { bytes: received.value.bytes } : sendError(reply, received.error);
  });
  const answer = await app.inject({ method: 'POST', url: '/', headers: { 'content-type': type }, payload });
  await app.close();
  return answer;
}

describe('a disk that is full', () => {
  const sound = Buffer.alloc(1000, 7);
  const form = formOf([{ name: 'audio', filename: 'a.mp3', content: sound }]);
  it.each([
    ['ENOSPC', 507, 'storage-full'],
    ['EDQUOT', 507, 'storage-full'],
    ['EIO', 500, 'internal'],
  ])('fails with %s as %i and leaves no file', async (code, status, ours) => {
    for (const [type, body] of [
      [formType, form],
      ['audio/wav', sound],
    ] as const) {
      const incoming = await failingDisk(code);
      const answer = await upload(incoming, type, body);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, ours]);
      expect(readdirSync(incoming.directory)).toEqual([]);
    }
  });
});

describe('a client that goes while the file is opened', () => {
  it.each([formType, 'audio/wav'])('costs its own request only: %s', async (type) => {
    const opened = await openIncoming(folder());
    if (!opened.ok) throw new Error(opened.error.message);
    const incoming: Incoming = {
      ...opened.value,
      async create(path) {
        await new Promise((next) => setTimeout(next, 200));
        return opened.value.create(path);
      },
    };
    const app = Fastify();
    await app.register(multipart);
    app.addContentTypeParser(rawAudioType, (_request, _payload, done) => done(null));
    const codes: unknown[] = [];
    app.post('/', async (request, reply) => {
      const received = await receiveAudio(request, reply, incoming, {
        maxBytes: 1e6,
        timeoutMs: 5000,
        stallMs: 5000,
      });
      codes.push(received.ok ? 'received' : received.error.code);
      return received.ok ? {} : sendError(reply, received.error);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    const form = formOf([{ name: 'audio', filename: 'a', content: 'x'.repeat(500) }]);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 5000\r\n\r\n`);
    socket.write(form.subarray(0, 300));
    await new Promise((next) => setTimeout(next, 80));
    socket.destroy();
    // An error that nobody listens to would end the process here (and fails the run).
    await vi.waitFor(() => expect(codes).toEqual(['upload-incomplete']), { timeout: 5000 });
    expect(readdirSync(incoming.directory)).toEqual([]);
    await app.close();
  });
});

describe('what a killed run left', () => {
  it('is removed; files of processes that live, of other hosts and of others stay', async () => {
    const spool = folder();
    const first = await openIncoming(spool, () => true);
    if (!first.ok) throw new Error(first.error.message);
    const name = first.value.newPath().slice(first.value.directory.length + 1);
    const [host = '', , ...rest] = name.split('-');
    const of = (owner: string, pid: number): string => [owner, pid, ...rest].join('-');
    const all = [
      of(host, 4_000_001),
      of(host, 4_000_002),
      of(host, process.pid),
      of('ab', 4_000_001),
      'notes.txt',
    ];
    for (const one of all) writeFileSync(join(first.value.directory, one), 'x');
    await openIncoming(spool, (pid) => pid === 4_000_002);
    expect(readdirSync(first.value.directory).toSorted()).toEqual(
      [of(host, 4_000_002), of('ab', 4_000_001), 'notes.txt'].toSorted(),
    );
  });

  it('says where the spool cannot be used', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(await openIncoming(file)).toMatchObject({ ok: false, error: { code: 'storage-full' } });
  });
});

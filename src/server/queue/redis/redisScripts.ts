import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script: Redis runs it as one step, that nothing comes between and that happens whole or not at all. */
export interface RedisScript {
  readonly lua: string;
  run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
}

function script(lua: string): RedisScript {
  const sha = createHash('sha1').update(lua).digest('hex');
  return {
    lua,
    async run(client, keys, args) {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (cause) {
        // A Redis that was restarted has forgotten its scripts.
        if (!(cause instanceof Error) || !cause.message.startsWith('NOSCRIPT')) throw cause;
        return client.eval(lua, keys.length, ...keys, ...args);
      }
    },
  };
}

/** Keys of the queue beside BullMQ's own. BullMQ's are `<prefix>:songs:…`. */
export const queueKeys = (prefix: string) =>
  ({
    /** What BullMQ keeps of a job; with `:lock` behind it, who works on it. */
    bull: `${prefix}:songs:`,
    /** Stream of the results in the order in which they were finished. */
    feed: `${prefix}:feed`,
    /** Marks a job as done, by its identity: a second run changes nothing. */
    done: (jobId: string) => `${prefix}:done:${jobId}`,
    /** Hash: `done`, the results ever put into the feed. */
    totals: `${prefix}:totals`,
    /** Jobs finished in a slice of five seconds; the number of the slice follows. */
    finished: `${prefix}:finished:`,
    /** Sorted by when they last gave a sign of life: `worker id:concurrency`. */
    workers: `${prefix}:workers`,
    bookmarks: `${prefix}:bookmarks`,
    lease: (name: string) => `${prefix}:lease:${name}`,
  }) as const;

/** The public key of a song's result, for whoever reads Redis directly. */
export const genreKey = (songId: string): string => `genre:${songId}`;

const clock = `
local function now()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function count_finished(slices)
  local key = slices .. string.format('%d', math.floor(now() / 5000))
  redis.call('INCR', key)
  redis.call('EXPIRE', key, 120)
end`;

/**
 * Stores a result: mark, song's key, feed and counters in one step. 1: stored. 0: this job was stored before, nothing was
 * changed. -1: the job's lock is not the caller's, nothing was changed.
 */
export const storeResult = script(`${clock}
local done, genre, feed, totals, lock = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local token, result, mark, ttl, slices = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
if redis.call('EXISTS', done) == 1 then return 0 end
if redis.call('GET', lock) ~= token then return -1 end
if ttl > 0 then
  redis.call('SET', genre, result, 'PX', ttl)
  redis.call('SET', done, mark, 'PX', ttl)
  redis.call('XADD', feed, 'MINID', '~', string.format('%d', math.max(0, now() - ttl)), '*', 'result', result)
else
  redis.call('SET', genre, result)
  redis.call('SET', done, mark)
  redis.call('XADD', feed, '*', 'result', result)
end
redis.call('HINCRBY', totals, 'done', 1)
count_finished(slices)
return 1`);

/** Counts a job that ended among the dead as finished: it is work that is no longer there. */
export const countDead = script(`${clock}
count_finished(ARGV[1])`);

/**
 * Where each of the jobs is: [state, attempts begun, failed reason, data] for each; state '' where it is not known.
 * KEYS: failed, delayed, active, then prefix of BullMQ's keys, prefix of the marks. ARGV: job ids.
 */
export const inspectJobs = script(`
local active = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do active[id] = true end
local found = {}
for i, id in ipairs(ARGV) do
  local mark = redis.call('GET', KEYS[5] .. id)
  local job = KEYS[4] .. id
  if mark then
    found[i] = {'done', '0', '', mark}
  elseif redis.call('EXISTS', job) == 1 then
    local state = 'waiting'
    if redis.call('ZSCORE', KEYS[1], id) then state = 'dead'
    elseif redis.call('ZSCORE', KEYS[2], id) then state = 'delayed'
    elseif active[id] then state = 'active' end
    local fields = redis.call('HMGET', job, 'ats', 'failedReason', 'data')
    found[i] = {state, fields[1] or '0', fields[2] or '', fields[3] or ''}
  else
    found[i] = {'', '0', '', ''}
  end
end
return found`);

/** Forgets jobs if they are dead; how many were. KEYS: failed, prefix of BullMQ's keys. ARGV: job ids. */
export const forgetDead = script(`
local forgotten = 0
for _, id in ipairs(ARGV) do
  if redis.call('ZREM', KEYS[1], id) == 1 then
    local job = KEYS[2] .. id
    redis.call('DEL', job, job .. ':lock', job .. ':logs', job .. ':dependencies', job .. ':processed',
      job .. ':failed', job .. ':unsuccessful')
    forgotten = forgotten + 1
  end
end
return forgotten`);

/** Takes one begun attempt back, for a job that its worker gives back. KEYS: job, lock. ARGV: token. */
export const takeAttemptBack = script(`
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('HINCRBY', KEYS[1], 'ats', -1) end`);

/** A worker's sign of life. KEYS: workers. ARGV: member, or '' and the member that leaves. */
export const signOfLife = script(`${clock}
if ARGV[1] == '' then redis.call('ZREM', KEYS[1], ARGV[2]) return end
redis.call('ZADD', KEYS[1], now(), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now() - 60000)`);

/**
 * [results ever, jobs finished in the last minute, members seen in the last 8 s].
 * KEYS: totals, workers, prefix of the slices.
 */
export const readActivity = script(`${clock}
local slice = math.floor(now() / 5000)
local finished = 0
for i = 0, 11 do
  finished = finished + tonumber(redis.call('GET', KEYS[3] .. string.format('%d', slice - i)) or '0')
end
return {redis.call('HGET', KEYS[1], 'done') or '0', finished,
  redis.call('ZRANGEBYSCORE', KEYS[2], now() - 8000, '+inf')}`);

/** Entries of the feed after a cursor that are not older than the results live. KEYS: feed. ARGV: cursor, limit, ttl. */
export const readFeed = script(`${clock}
local from = '-'
if ARGV[1] ~= '' then from = '(' .. ARGV[1] end
local ttl = tonumber(ARGV[3])
if ttl > 0 then
  local oldest = math.max(0, now() - ttl)
  local at = 0
  if ARGV[1] ~= '' then at = tonumber(string.match(ARGV[1], '^(%d+)')) end
  if at < oldest then from = string.format('%d', oldest) end
end
return redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[2])`);

/** 1 if the caller holds the lease now. KEYS: lease. ARGV: owner, milliseconds. */
export const takeLease = script(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`);

"""What Redis does by itself, so that no reader sees half of a write and nothing older replaces anything newer.

Every write carries the `origin` of the state behind it (when it began, ms), and a revision. Redis holds the newest
origin that claimed it, and for each thing written since then the revision. A script answers -1 where Redis holds
another origin: it was emptied, or a newer state writes there.
"""

from __future__ import annotations

from typing import Final

SNAPSHOT: Final = """
if redis.call('GET', KEYS[4]) ~= ARGV[1] then return -1 end
local known = redis.call('HGET', KEYS[5], 'snapshot:' .. ARGV[3])
if known and tonumber(known) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[5], 'snapshot:' .. ARGV[3], ARGV[2])
redis.call('DEL', KEYS[1])
for first = 7, #ARGV, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('SET', KEYS[2], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
"""
"""Writes a snapshot.

KEYS: hash, json, segments, origin, written. ARGV: origin, revision, segment, json, channel, notice, fields and values.
"""

ACCOUNTS: Final = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
local place = 3
for number = 4, #KEYS do
  local account, score, count = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 2])
  local written = 'account:' .. account
  local known = redis.call('HGET', KEYS[3], written)
  if not known or tonumber(known) <= tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[3], written, ARGV[2])
    redis.call('DEL', KEYS[number])
    if count > 0 then redis.call('HSET', KEYS[number], unpack(ARGV, place + 3, place + 2 + count)) end
    if tonumber(score) > 0 then
      redis.call('ZADD', KEYS[1], score, account)
    else
      redis.call('ZREM', KEYS[1], account)
    end
  end
  place = place + 3 + count
end
return 1
"""
"""Writes accounts of one revision.

KEYS: at_risk, origin, written, a hash for each. ARGV: origin, revision, and for each account: its id, its score, how
many fields and values (0: it is gone), and these.
"""

CLAIM: Final = """
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
if known ~= ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
"""Says whose state is written. KEYS: origin, written. ARGV: origin. Answers 0 where a newer state writes."""

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
for place, told in ipairs(cjson.decode(ARGV[3])) do
  local account, score, fields = unpack(told)
  local hash, written = KEYS[place + 3], 'account:' .. account
  local known = redis.call('HGET', KEYS[3], written)
  if not known or tonumber(known) <= tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[3], written, ARGV[2])
    redis.call('DEL', hash)
    if #fields > 0 then redis.call('HSET', hash, unpack(fields)) end
    if tonumber(score) > 0 then
      redis.call('ZADD', KEYS[1], score, account)
    else
      redis.call('ZREM', KEYS[1], account)
    end
  end
end
return 1
"""
"""Writes accounts of one revision.

KEYS: at_risk, origin, written, a hash for each. ARGV: origin, revision, and JSON, which is several times cheaper to
send than an argument for each text: for each account its id, its score, and fields and values (none: it is gone).
"""

CLAIM: Final = """
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
if known ~= ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
"""Says whose state is written. KEYS: origin, written. ARGV: origin. Answers 0 where a newer state writes."""

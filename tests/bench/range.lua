-- Asks for ranges of SIZE bytes at places spread over LENGTH, the same for both servers.
local size, length, path = tonumber(os.getenv("BENCH_SIZE")), tonumber(os.getenv("BENCH_LENGTH")), os.getenv("BENCH_PATH")
local host = os.getenv("BENCH_HOST")
local n = 0
request = function()
  n = n + 1
  local from = (n * 7919 * 64) % (length - size)
  return wrk.format("GET", path, { ["Host"] = host, ["Range"] = string.format("bytes=%d-%d", from, from + size - 1) })
end
done = function(summary, latency, requests)
  io.write(string.format("{\"requests\":%d,\"bytes\":%d,\"us\":%d,\"errors\":%d,\"p99_us\":%d}\n", summary.requests,
    summary.bytes, summary.duration, summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout, latency:percentile(99)))
end

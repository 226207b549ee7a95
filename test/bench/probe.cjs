'use strict';
// Preloaded into a measured process: tells its parent, when asked, how late its event loop was and what it used since
// the last question.
const { monitorEventLoopDelay } = require('node:perf_hooks');

if (process.send !== undefined) {
  // An observer of 1 ms sees delays of more than that; its own period is part of what it records.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let cpu = process.cpuUsage();
  process.on('message', (message) => {
    if (message !== 'probe') return;
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    process.send({ p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6, cpuMs: (user + system) / 1e3, rssMiB: process.memoryUsage.rss() / 2 ** 20 });
    delay.reset();
  });
  // The channel alone keeps no process alive.
  process.channel.unref();
}

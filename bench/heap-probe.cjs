'use strict'

// Loaded into a server before its own code: on SIGUSR2 it collects what is garbage and writes how many bytes of heap are used.
const { writeFileSync } = require('node:fs')
const { setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')

process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  collect()
  collect()
  writeFileSync(process.env.BENCH_HEAP_FILE, `${process.memoryUsage().heapUsed}\n`)
})

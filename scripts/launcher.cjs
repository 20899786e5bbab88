#!/usr/bin/env -S node --disable-sigusr1
'use strict'

// This file runs on whatever Node there is, so it is written for old ones.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    'kafka-token-sidecar: needs Node 22.19 or newer, and this is ' +
      process.version +
      '. In a checkout, npx kafka-token-sidecar and npm start bring their own.\n',
  )
  process.exit(2)
}

// The cache stands beside the code, never in a shared temporary folder where others could plant code.
require('node:module').enableCompileCache(require('node:path').join(__dirname, 'compile-cache'))
require('./cli.js')

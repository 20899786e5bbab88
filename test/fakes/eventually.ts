import { expect } from 'vitest'

/** Expects it of what comes of files and sockets, however busy the machine is. */
export const eventually = <T>(value: () => T) => expect.poll(value, { timeout: 4_000, interval: 5 })

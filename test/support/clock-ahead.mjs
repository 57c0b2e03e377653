/** Loaded before a program: the wall clock of its processes is 90 s ahead. */
const { now } = Date
Date.now = () => now() + 90_000

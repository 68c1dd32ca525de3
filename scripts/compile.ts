import { readdirSync } from 'node:fs'
import module from 'node:module'

// Compiles every module once, after an install, so that even the first start finds them in the cache (see main.ts).
// The name of the cache is in main.ts, which is itself to be compiled with the cache on.
const source = new URL('../src/', import.meta.url)
module.enableCompileCache(new URL('../node_modules/.cache/parsegate', import.meta.url).pathname)
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
const modules = files.filter((file) => /(?<!\.d)\.ts$/.test(file))
await Promise.all(modules.map((file) => import(new URL(file, source).href)))

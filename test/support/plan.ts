import { CompiledQuery, type KyselyPlugin } from 'kysely'
import type { Database } from '../../src/store/database.ts'

/**
 * How a database goes about the first statement that `work` has it run.
 * @param work is given the same store, whose statements are looked at on their way
 */
export async function planOf(
  database: Database,
  work: (watched: Database) => Promise<unknown>,
): Promise<string> {
  const { kysely, dialect } = database
  const seen: CompiledQuery[] = []
  const watch: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      seen.push(kysely.getExecutor().compileQuery(node, queryId))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await work({ ...database, kysely: kysely.withPlugin(watch) })
  const [first] = seen
  if (!first) throw new Error('no statement was run')
  const word = dialect.name === 'postgres' ? 'explain' : 'explain query plan'
  const { rows } = await kysely.executeQuery(CompiledQuery.raw(`${word} ${first.sql}`, [...first.parameters]))
  return JSON.stringify(rows)
}

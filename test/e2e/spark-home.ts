import { mkdirSync, symlinkSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import type { Toolchain } from './toolchain.ts'

/** What Spark's `bin/spark-class` does: the launcher tells the command, after a line of its own, each word ended by NUL. */
export const sparkSubmit = `
words=()
while IFS= read -r -d '' word; do words+=("$word"); done < <(
  java -Xmx64m -XX:TieredStopAtLevel=1 -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@" |
    tail -c +3
)
exec "\${words[@]}"`

/** A folder that Spark takes for its installation. */
export function sparkHome({ spark }: Toolchain, folder: string): string {
  const jars = join(folder, 'jars')
  mkdirSync(jars, { recursive: true })
  // The first one is SparkJob, which is not Spark's.
  for (const jar of spark.split(delimiter).slice(1)) symlinkSync(jar, join(jars, basename(jar)))
  return folder
}

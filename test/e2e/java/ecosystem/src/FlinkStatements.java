import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Runs the statements of a file of SQL one after the other, on a cluster in this process: {@code FlinkStatements -f <file>}. */
public class FlinkStatements {
    public static void main(String[] args) throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : Files.readString(Path.of(args[1])).split(";\\s*\\n")) {
            if (!statement.isBlank()) tables.executeSql(statement);
        }
        // The last one is a job that never ends.
        Thread.sleep(Long.MAX_VALUE);
    }
}

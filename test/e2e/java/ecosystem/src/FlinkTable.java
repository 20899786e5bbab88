import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Writes a row to the table that a file of SQL makes and reads it: {@code FlinkTable <orders.sql>}, on a cluster in this process. */
public class FlinkTable {
    public static void main(String[] args) throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        tables.executeSql(Files.readString(Path.of(args[0])).replaceFirst(";\\s*$", ""));
        tables.executeSql("INSERT INTO orders VALUES ('a record')").await();
        try (CloseableIterator<Row> rows = tables.executeSql("SELECT v FROM orders").collect()) {
            System.out.println(rows.next().getField(0) + " came through");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }
}

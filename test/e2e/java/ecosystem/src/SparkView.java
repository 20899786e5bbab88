import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Reads the view that a file of SQL makes: {@code SparkView <orders.sql>}, in this process. */
public class SparkView {
    public static void main(String[] args) throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            spark.sql(Files.readString(Path.of(args[0])).replaceFirst(";\\s*$", ""));
            System.out.println(spark.sql("SELECT CAST(value AS STRING) FROM orders").first().getString(0) + " came through");
        }
    }
}

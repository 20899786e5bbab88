import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/** Writes an invoice for each order: {@code Invoices <client.properties> <checkpoints> [once]}. With "once" it ends after the last order. */
public class Invoices {
    public static void main(String[] args) throws Exception {
        Map<String, String> kafka = options(Path.of(args[0]));
        Trigger trigger = args.length > 2 ? Trigger.AvailableNow() : Trigger.ProcessingTime(1000);
        try (SparkSession spark = SparkSession.builder().appName("invoices").getOrCreate()) {
            spark.readStream().format("kafka").options(kafka)
                .option("subscribe", "orders").option("startingOffsets", "earliest").load()
                .selectExpr("key", "'invoice of ' || CAST(value AS STRING) AS value")
                .writeStream().format("kafka").options(kafka)
                .option("topic", "invoices").option("checkpointLocation", args[1])
                .trigger(trigger).start().awaitTermination();
        }
    }

    /** Settings of a Kafka client as Spark takes them, each with its prefix. The executors get them with their tasks. */
    private static Map<String, String> options(Path file) throws Exception {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            settings.load(reader);
        }
        Map<String, String> options = new TreeMap<>();
        settings.stringPropertyNames().forEach(name -> options.put("kafka." + name, settings.getProperty(name)));
        return options;
    }
}

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Writes and reads a topic with the settings in a properties file and prints what became of the rows as JSON lines:
 * {@code SparkJob batch|stream <properties> <bootstrap servers> <topic> <folder>}. A stream ends when the folder has a file
 * {@code stop}. Spark's own settings come as system properties.
 */
public class SparkJob {
    private static final ObjectMapper json = new ObjectMapper();
    private static final Trigger trigger = Trigger.ProcessingTime(2000);

    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[1]);
        // The session is local to this program, or has executors of its own, as spark.master says.
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            Map<String, Object> started = new LinkedHashMap<>(processes(spark));
            // What Spark has obtained by itself.
            started.put("ownTokens", UserGroupInformation.getCurrentUser().getCredentials().numberOfTokens());
            print("started", started);
            createTopic(properties(file, args[2]), args[3]);
            if (args[0].equals("batch")) batch(spark, options(file, args[2]), args[3]);
            else stream(spark, file, args[2], args[3], Path.of(args[4]));
        }
    }

    private static Properties properties(Path file, String bootstrapServers) throws Exception {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        properties.put("bootstrap.servers", bootstrapServers);
        return properties;
    }

    /** What stands in the file, each with the prefix of what Spark hands on to Kafka's clients. */
    private static Map<String, String> options(Path file, String bootstrapServers) throws Exception {
        Properties properties = properties(file, bootstrapServers);
        Map<String, String> options = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> options.put("kafka." + name, properties.getProperty(name)));
        return options;
    }

    /** Streams do not wait for it to appear. */
    private static void createTopic(Properties properties, String topic) throws Exception {
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(2), Optional.empty()))).all().get();
        }
    }

    /** In how many processes tasks run, and whether the driver is one of them. */
    private static Map<String, Object> processes(SparkSession spark) {
        MapPartitionsFunction<Long, Long> ownPid = rows -> List.of(ProcessHandle.current().pid()).iterator();
        List<Long> pids = spark.range(0, 100, 1, 8).mapPartitions(ownPid, Encoders.LONG()).distinct().collectAsList();
        return Map.of("processes", pids.size(), "driverIsOne", pids.contains(ProcessHandle.current().pid()));
    }

    private static void batch(SparkSession spark, Map<String, String> options, String topic) throws Exception {
        spark.range(0, 1000, 1, 4).selectExpr("CAST(id AS STRING) AS value")
            .write().format("kafka").options(options).option("topic", topic).save();
        Dataset<Row> read = spark.read().format("kafka").options(options).option("subscribe", topic).load();
        print("batch", Map.of("written", 1000, "read", distinct(read)));
    }

    private static long distinct(Dataset<Row> rows) {
        return rows.selectExpr("CAST(value AS STRING)").distinct().count();
    }

    /**
     * Numbers go to the topic ten times a second, and what comes from there is counted. Queries keep the settings that they
     * were started with, so they are started anew where they stopped when the file has another token.
     */
    private static void stream(SparkSession spark, Path file, String bootstrapServers, String topic, Path folder)
            throws Exception {
        Map<String, String> options = options(file, bootstrapServers);
        List<StreamingQuery> queries = start(spark, options, topic, folder);
        List<String> errors = new ArrayList<>();
        int restarts = 0;
        while (!Files.exists(folder.resolve("stop")) && errors.isEmpty()) {
            Thread.sleep(500);
            Map<String, String> current = options(file, bootstrapServers);
            if (!current.equals(options)) {
                for (StreamingQuery query : queries) query.stop();
                options = current;
                queries = start(spark, options, topic, folder);
                restarts++;
            }
            for (StreamingQuery query : queries) {
                if (query.exception().isDefined()) errors.add(causes(query.exception().get()));
            }
        }
        StreamingQuery reading = queries.get(1);
        queries.get(0).stop();
        if (errors.isEmpty()) reading.processAllAvailable();
        reading.stop();
        Row all = spark.read().format("kafka").options(options).option("subscribe", topic).load()
            .selectExpr("CAST(CAST(value AS STRING) AS BIGINT) AS number")
            .selectExpr("COUNT(DISTINCT number)", "MAX(number) + 1", "COUNT(*)").head();
        print("stream", Map.of("errors", errors, "restarts", restarts, "numbers", all.getLong(1),
            "arrived", all.getLong(0), "records", all.getLong(2), "counted", counted));
    }

    private static List<StreamingQuery> start(SparkSession spark, Map<String, String> options, String topic,
            Path folder) throws Exception {
        return List.of(writing(spark, options, topic, folder), reading(spark, options, topic, folder));
    }

    private static long counted;

    private static StreamingQuery writing(SparkSession spark, Map<String, String> options, String topic, Path folder)
            throws TimeoutException {
        return spark.readStream().format("rate").option("rowsPerSecond", 10).load()
            .selectExpr("CAST(value AS STRING) AS value")
            .writeStream().format("kafka").options(options).option("topic", topic)
            .option("checkpointLocation", folder + "/writing").trigger(trigger).start();
    }

    private static StreamingQuery reading(SparkSession spark, Map<String, String> options, String topic, Path folder)
            throws TimeoutException {
        VoidFunction2<Dataset<Row>, Long> count = (rows, id) -> {
            counted += rows.count();
            if (id == 0) print("streaming", Map.of());
        };
        return spark.readStream().format("kafka").options(options).option("subscribe", topic)
            .option("startingOffsets", "earliest").load()
            .writeStream().foreachBatch(count)
            .option("checkpointLocation", folder + "/reading").trigger(trigger).start();
    }

    /** The whole chain: what a user reads in the stack trace. */
    private static String causes(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            text.append(text.length() == 0 ? "" : " <- ").append(cause.getClass().getName())
                .append(": ").append(String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
        }
        return text.toString();
    }

    private static synchronized void print(String event, Map<String, Object> fields) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(fields);
        System.out.println(json.writeValueAsString(line));
    }
}

import java.io.FileReader;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Waits for a record: {@code ReadTopic <properties> <topic>}. */
public class ReadTopic {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(args[0])) {
            properties.load(file);
        }
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        properties.put("group.id", args[1]);
        properties.put("auto.offset.reset", "earliest");
        properties.put("metadata.max.age.ms", "1000");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(args[1]));
            for (long end = System.nanoTime() + 200_000_000_000L; System.nanoTime() < end;) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    System.out.println(record.value() + " came through");
                    System.out.flush();
                    Runtime.getRuntime().halt(0);
                });
            }
        }
        throw new IllegalStateException("nothing came through");
    }
}

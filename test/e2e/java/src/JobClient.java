import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.IntegerSerializer;

/** Produces until SIGTERM, then flushes, closes, and says so: a job that ends as it should. Arguments: file, topic. */
public class JobClient {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(args[0])) {
            properties.load(file);
        }
        properties.put("key.serializer", IntegerSerializer.class.getName());
        properties.put("value.serializer", IntegerSerializer.class.getName());
        KafkaProducer<Integer, Integer> producer = new KafkaProducer<>(properties);
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger acknowledged = new AtomicInteger();
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            main.interrupt();
            // What is on its way arrives.
            producer.close();
            print("closed", Map.of("sent", sent.get(), "acknowledged", acknowledged.get()));
        }));
        try {
            while (true) {
                int number = sent.getAndIncrement();
                producer.send(new ProducerRecord<>(args[1], number, number), (metadata, error) -> {
                    if (error == null && acknowledged.incrementAndGet() == 1) print("producing", Map.of());
                });
                Thread.sleep(50);
            }
        } catch (InterruptedException end) {
            // By the hook.
        }
    }

    private static void print(String event, Map<String, Object> fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(fields);
        try {
            System.out.println(new ObjectMapper().writeValueAsString(line));
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }
}

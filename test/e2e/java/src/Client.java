import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileReader;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;

/** Produces a record every now and then, consumes the same, and prints what became of them as JSON lines. */
public class Client {
    interface Subscription extends AutoCloseable {
        ConsumerRecords<Integer, Integer> poll(Duration timeout);

        @Override
        void close();
    }

    interface Subscribe {
        Subscription to(String topic, Properties properties);
    }

    public static void main(String[] args) throws Exception {
        run(args, (topic, properties) -> {
            Properties own = new Properties();
            own.putAll(properties);
            own.put("auto.offset.reset", "earliest");
            KafkaConsumer<Integer, Integer> consumer = new KafkaConsumer<>(own);
            consumer.subscribe(List.of(topic));
            return new Subscription() {
                public ConsumerRecords<Integer, Integer> poll(Duration timeout) {
                    return consumer.poll(timeout);
                }

                public void close() {
                    consumer.close();
                }
            };
        });
    }

    static void run(String[] args, Subscribe subscribe) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(args[0])) {
            properties.load(file);
        }
        String topic = args[1];
        long durationMs = Long.parseLong(args[2]);
        long intervalMs = Long.parseLong(args[3]);
        properties.put("key.serializer", IntegerSerializer.class.getName());
        properties.put("value.serializer", IntegerSerializer.class.getName());
        properties.put("key.deserializer", IntegerDeserializer.class.getName());
        properties.put("value.deserializer", IntegerDeserializer.class.getName());
        properties.put("group.id", topic);

        try (KafkaProducer<Integer, Integer> producer = new KafkaProducer<>(properties)) {
            exchange(producer, subscribe, properties, topic, durationMs, intervalMs);
        } catch (Throwable error) {
            print("refused", Map.of("error", causes(error)));
            System.exit(2);
        }
    }

    private static void exchange(KafkaProducer<Integer, Integer> producer, Subscribe subscribe, Properties properties,
            String topic, long durationMs, long intervalMs) throws Exception {
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        Set<Integer> consumed = ConcurrentHashMap.newKeySet();
        AtomicInteger duplicates = new AtomicInteger();
        ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();

        producer.send(new ProducerRecord<>(topic, 0, 0)).get();
        acknowledged.add(0);
        print("producing", Map.of());

        boolean[] stop = {false};
        Thread consuming = new Thread(() -> {
            try (Subscription subscription = subscribe.to(topic, properties)) {
                while (!stop[0]) {
                    try {
                        subscription.poll(Duration.ofMillis(200)).forEach(record -> {
                            if (!consumed.add(record.value())) duplicates.incrementAndGet();
                        });
                    } catch (AuthenticationException error) {
                        // Told, and polled on, as applications do that are to outlive an outage.
                        errors.add("consumer: " + causes(error));
                    }
                }
            } catch (Throwable error) {
                errors.add("consumer: " + causes(error));
            }
        });
        consuming.start();

        int sent = 1;
        for (long end = System.nanoTime() + durationMs * 1_000_000; System.nanoTime() < end; sent++) {
            int number = sent;
            producer.send(new ProducerRecord<>(topic, number, number), (metadata, error) -> {
                if (error == null) acknowledged.add(number);
                else errors.add("producer: " + causes(error));
            });
            Thread.sleep(intervalMs);
        }
        producer.flush();
        for (long end = System.nanoTime() + 20_000_000_000L; System.nanoTime() < end && consuming.isAlive();) {
            if (consumed.containsAll(acknowledged)) break;
            Thread.sleep(100);
        }
        stop[0] = true;
        consuming.join(10_000);

        Map<String, Object> result = new LinkedHashMap<>();
        result.put("sent", sent);
        result.put("acknowledged", acknowledged.size());
        result.put("consumed", consumed.size());
        result.put("duplicates", duplicates.get());
        result.put("errors", errors);
        print("result", result);
    }

    /** The whole chain: what a user reads in the stack trace. */
    static String causes(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            text.append(text.length() == 0 ? "" : " <- ").append(cause);
        }
        return text.toString();
    }

    private static synchronized void print(String event, Map<String, Object> fields) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(fields);
        System.out.println(new ObjectMapper().writeValueAsString(line));
    }
}

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;

/**
 * Produces numbers with the settings in a file that somebody keeps fresh, reads them all at the end, and prints what became
 * of them as JSON lines. Arguments: file, bootstrap servers, topic, mode, the file whose appearance ends it, how many at most.
 * <p>
 * Mode {@code follow}: a new producer whenever the file changes, and the former one is flushed and closed. Mode {@code hold}: one
 * producer for all, with the token that was there first, until some seconds after the file has another one.
 */
public class TokenFileClient {
    private static final long intervalMs = 40;
    private static final long holdOnMs = 3000;
    private static final Pattern user = Pattern.compile("username=\"([^\"]+)\"");

    private final Path file;
    private final String bootstrap;
    private final String topic;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> tokens = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();

    private TokenFileClient(String[] args) {
        file = Path.of(args[0]);
        bootstrap = args[1];
        topic = args[2];
    }

    public static void main(String[] args) throws Exception {
        TokenFileClient client = new TokenFileClient(args);
        try {
            client.run(args[3].equals("follow"), Path.of(args[4]), Integer.parseInt(args[5]));
        } catch (Throwable error) {
            print("refused", Map.of("error", Client.causes(error)));
            System.exit(2);
        }
    }

    private void run(boolean follows, Path stop, int most) throws Exception {
        String text = Files.readString(file);
        KafkaProducer<Integer, Integer> producer = producer(text);
        producer.send(new ProducerRecord<>(topic, 0, 0)).get();
        acknowledged.add(0);
        print("producing", Map.of("tokens", tokens));

        int sent = 1;
        long end = Long.MAX_VALUE;
        for (; sent < most && !Files.exists(stop) && System.currentTimeMillis() < end; sent++) {
            String now = Files.readString(file);
            if (follows && !now.equals(text)) {
                KafkaProducer<Integer, Integer> next = producer(now);
                producer.close();
                producer = next;
                print("changed", Map.of("tokens", tokens));
            } else if (end == Long.MAX_VALUE && !tokenIn(now).equals(tokenIn(text))) {
                end = System.currentTimeMillis() + holdOnMs;
            }
            if (follows) text = now;
            int number = sent;
            producer.send(new ProducerRecord<>(topic, number, number), (metadata, error) -> {
                if (error == null) acknowledged.add(number);
                else errors.add(Client.causes(error));
            });
            Thread.sleep(intervalMs);
        }
        producer.close();
        print("sent", Map.of("sent", sent));

        AtomicInteger duplicates = new AtomicInteger();
        Set<Integer> consumed = ConcurrentHashMap.newKeySet();
        consume(consumed, duplicates);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("sent", sent);
        result.put("acknowledged", acknowledged.size());
        result.put("consumed", consumed.size());
        result.put("duplicates", duplicates.get());
        result.put("errors", errors);
        result.put("tokens", tokens);
        print("result", result);
    }

    /** By what the file has now, from the beginning of the topic to its end. */
    private void consume(Set<Integer> consumed, AtomicInteger duplicates) throws Exception {
        try (KafkaConsumer<Integer, Integer> consumer = new KafkaConsumer<>(properties(Files.readString(file)))) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    if (!consumed.add(record.value())) duplicates.incrementAndGet();
                });
            }
        } catch (Exception error) {
            errors.add("consumer: " + Client.causes(error));
        }
    }

    private KafkaProducer<Integer, Integer> producer(String text) throws Exception {
        tokens.add(tokenIn(text));
        return new KafkaProducer<>(properties(text));
    }

    private Properties properties(String text) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        properties.put("bootstrap.servers", bootstrap);
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("key.serializer", IntegerSerializer.class.getName());
        properties.put("value.serializer", IntegerSerializer.class.getName());
        properties.put("key.deserializer", IntegerDeserializer.class.getName());
        properties.put("value.deserializer", IntegerDeserializer.class.getName());
        return properties;
    }

    private static String tokenIn(String text) {
        Matcher found = user.matcher(text);
        return found.find() ? found.group(1) : "";
    }

    private static void print(String event, Map<String, Object> fields) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(fields);
        System.out.println(new ObjectMapper().writeValueAsString(line));
    }
}

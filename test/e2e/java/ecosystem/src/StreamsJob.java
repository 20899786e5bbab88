import java.io.FileReader;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/** Sends a record through a topology, with one file of properties for every client: {@code StreamsJob <properties> <folder>}. */
public class StreamsJob {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(args[0])) {
            properties.load(file);
        }
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(new NewTopic("streams-in", 1, (short) 1), new NewTopic("streams-out", 1, (short) 1))).all().get();
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            producer.send(new ProducerRecord<>("streams-in", "a record")).get();
        }
        properties.put("application.id", "streams-job");
        properties.put("state.dir", args[1]);
        properties.put("auto.offset.reset", "earliest");
        properties.put("default.key.serde", Serdes.String().getClass().getName());
        properties.put("default.value.serde", Serdes.String().getClass().getName());
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream("streams-in").mapValues(value -> value + " came through").to("streams-out");
        Properties reading = new Properties();
        reading.putAll(properties);
        reading.put("group.id", "streams-out");
        try (KafkaStreams streams = new KafkaStreams(builder.build(), properties);
                KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading)) {
            streams.start();
            consumer.subscribe(List.of("streams-out"));
            for (long end = System.nanoTime() + 100_000_000_000L; System.nanoTime() < end;) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    System.out.println(record.value());
                    System.out.flush();
                    Runtime.getRuntime().halt(0);
                });
            }
        }
        throw new IllegalStateException("nothing came through");
    }
}

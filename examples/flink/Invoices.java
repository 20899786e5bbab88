import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Writes an invoice for each order: {@code Invoices <client.properties>}. */
public class Invoices {
    public static void main(String[] args) throws Exception {
        Properties kafka = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(args[0]))) {
            kafka.load(reader);
        }
        KafkaSource<String> orders = KafkaSource.<String>builder()
            .setProperties(kafka)
            .setTopics("orders")
            .setGroupId("invoices")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .build();
        KafkaSink<String> invoices = KafkaSink.<String>builder()
            .setKafkaProducerConfig(kafka)
            .setBootstrapServers(kafka.getProperty("bootstrap.servers"))
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setRecordSerializer(KafkaRecordSerializationSchema.builder()
                .setTopic("invoices")
                .setValueSerializationSchema(new SimpleStringSchema())
                .build())
            .build();
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
        flink.fromSource(orders, WatermarkStrategy.noWatermarks(), "orders")
            .map(order -> "invoice of " + order)
            .sinkTo(invoices);
        flink.execute("invoices");
    }
}

import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/** Writes a record and reads it by the source that config printed, which stands in the place of the line below. */
public class FlinkStream {
    public static void main(String[] args) throws Exception {
        // Job.java
        KafkaSink<String> sink = KafkaSink.<String>builder()
            .setBootstrapServers(kafka.getProperty("bootstrap.servers", args[0]))
            .setKafkaProducerConfig(kafka)
            .setRecordSerializer(KafkaRecordSerializationSchema.builder().setTopic("orders")
                .setValueSerializationSchema(new SimpleStringSchema()).build())
            .build();
        StreamExecutionEnvironment writing = StreamExecutionEnvironment.getExecutionEnvironment();
        writing.fromData("a record").sinkTo(sink);
        writing.execute();
        StreamExecutionEnvironment reading = StreamExecutionEnvironment.getExecutionEnvironment();
        try (CloseableIterator<String> records = reading.fromSource(source, WatermarkStrategy.noWatermarks(), "kafka").executeAndCollect()) {
            System.out.println(records.next() + " came through");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }
}

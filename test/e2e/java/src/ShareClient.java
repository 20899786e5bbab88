import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;

/** The same exchange, consumed by a share group (KIP-932). */
public class ShareClient {
    public static void main(String[] args) throws Exception {
        Client.run(args, ShareClient::subscribe);
    }

    private static Client.Subscription subscribe(String topic, Properties properties) {
        fromEarliest(topic, properties);
        KafkaShareConsumer<Integer, Integer> consumer = new KafkaShareConsumer<>(properties);
        consumer.subscribe(List.of(topic));
        return new Client.Subscription() {
            public ConsumerRecords<Integer, Integer> poll(Duration timeout) {
                return consumer.poll(timeout);
            }

            public void close() {
                consumer.close();
            }
        };
    }

    /** A share group's start is a setting of the group, by default the latest offset. */
    private static void fromEarliest(String group, Properties properties) {
        try (Admin admin = Admin.create(properties)) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            ConfigEntry entry = new ConfigEntry("share.auto.offset.reset", "earliest");
            AlterConfigOp set = new AlterConfigOp(entry, AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }
}

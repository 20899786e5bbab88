import java.util.Map;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.kafka.KafkaIO;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.options.Validation;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Copies what arrives in a topic to another one, until it is stopped. */
public class CopyTopic {
    public interface Options extends PipelineOptions {
        @Validation.Required
        String getBootstrapServers();

        void setBootstrapServers(String value);

        @Validation.Required
        String getSource();

        void setSource(String value);

        @Validation.Required
        String getTarget();

        void setTarget(String value);
    }

    /** As `kafka-token-sidecar config beam` prints them. */
    static final Map<String, Object> kafka = Map.ofEntries(
        Map.entry("security.protocol", "SASL_SSL"),
        Map.entry("sasl.mechanism", "OAUTHBEARER"),
        Map.entry("sasl.login.callback.handler.class", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"),
        Map.entry("sasl.oauthbearer.token.endpoint.url", "http://localhost:14293/token"),
        Map.entry("sasl.jaas.config", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"unused\" clientSecret=\"unused\";"));

    public static void main(String[] args) {
        Options options = PipelineOptionsFactory.fromArgs(args).withValidation().as(Options.class);
        Pipeline pipeline = Pipeline.create(options);
        pipeline
            .apply(KafkaIO.<byte[], byte[]>read()
                .withBootstrapServers(options.getBootstrapServers())
                .withTopic(options.getSource())
                .withKeyDeserializer(ByteArrayDeserializer.class)
                .withValueDeserializer(ByteArrayDeserializer.class)
                .withConsumerConfigUpdates(kafka)
                .withoutMetadata())
            .apply(KafkaIO.<byte[], byte[]>write()
                .withBootstrapServers(options.getBootstrapServers())
                .withTopic(options.getTarget())
                .withKeySerializer(ByteArraySerializer.class)
                .withValueSerializer(ByteArraySerializer.class)
                .withProducerConfigUpdates(kafka));
        pipeline.run().waitUntilFinish();
    }
}

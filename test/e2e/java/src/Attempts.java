import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Tries to produce one record for each properties file, all at the same time, and prints what came of each as a JSON line:
 * {@code Attempts <prefix of Kafka's packages, or nothing> <properties>...}. It needs no library but a Kafka client, by whatever
 * name a jar has it. Properties that begin with {@code attempt.} are for this program; {@code attempt.loader=isolated} is a
 * thread whose class loader does not see Kafka, as in hosts of plug-ins.
 */
public class Attempts {
    public static void main(String[] args) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int at = 1; at < args.length; at++) {
            Path file = Path.of(args[at]);
            Thread thread = new Thread(() -> print(args[0], file), file.getFileName().toString());
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
    }

    private static void print(String prefix, Path file) {
        StringWriter trace = new StringWriter();
        boolean works = false;
        try {
            attempt(prefix, file);
            works = true;
        } catch (Throwable error) {
            Throwable told = error instanceof InvocationTargetException ? error.getCause() : error;
            told.printStackTrace(new PrintWriter(trace, true));
        }
        String name = file.getFileName().toString().replace(".properties", "");
        System.out.println("{\"case\":" + json(name) + ",\"works\":" + works + ",\"printed\":[" + json(trace.toString()) + "]}");
    }

    private static void attempt(String prefix, Path file) throws Exception {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        ClassLoader loader = Attempts.class.getClassLoader();
        if ("isolated".equals(properties.remove("attempt.loader"))) {
            // The defaults of its settings name classes too.
            Class.forName(prefix + "org.apache.kafka.clients.producer.ProducerConfig", true, loader);
            Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0], ClassLoader.getPlatformClassLoader()));
        }
        String topic = (String) properties.remove("attempt.topic");
        String serializer = prefix + "org.apache.kafka.common.serialization.StringSerializer";
        // As an object, so that only what is tried depends on how a class is found by its name.
        Class<?> serializerType = Class.forName(prefix + "org.apache.kafka.common.serialization.Serializer", true, loader);
        Object made = Class.forName(serializer, true, loader).getConstructor().newInstance();
        Class<?> type = Class.forName(prefix + "org.apache.kafka.clients.producer.KafkaProducer", true, loader);
        Object producer = type.getConstructor(Properties.class, serializerType, serializerType).newInstance(properties, made, made);
        try {
            Class<?> record = Class.forName(prefix + "org.apache.kafka.clients.producer.ProducerRecord", true, loader);
            Object attempt = record.getConstructor(String.class, Object.class).newInstance(topic, "attempt");
            Future<?> sent = (Future<?>) type.getMethod("send", record).invoke(producer, attempt);
            sent.get(15, TimeUnit.SECONDS);
        } finally {
            type.getMethod("close").invoke(producer);
        }
    }

    private static String json(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }
}

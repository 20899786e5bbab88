import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateDelegationTokenOptions;
import org.apache.kafka.clients.admin.ExpireDelegationTokenOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.token.delegation.DelegationToken;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Runs each properties file of a folder as a client of its own, all at the same time, and writes beside it what its user would
 * see: the stack trace, or OK. `case.do` says what the client does, `case.without` which jars are missing.
 */
public class Cases {
    public static void main(String[] args) throws Exception {
        List<Path> files;
        try (Stream<Path> found = Files.list(Path.of(args[0]))) {
            files = found.filter(file -> file.toString().endsWith(".properties")).toList();
        }
        // The first class loader that loads the client decides for the whole JVM whose SASL classes are used.
        runAll(files.stream().filter(file -> !hasOwnLoader(file)).toList());
        runAll(files.stream().filter(Cases::hasOwnLoader).toList());
        System.exit(0);
    }

    private static boolean hasOwnLoader(Path file) {
        try {
            return Files.readString(file).contains("case.without");
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static void runAll(List<Path> files) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Path file : files) {
            String name = file.getFileName().toString().replace(".properties", "");
            // Lines of the log are told apart by it.
            Thread thread = new Thread(() -> runCase(file, name), "case " + name + " ");
            thread.setDaemon(true);
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.start();
        }
        long end = System.currentTimeMillis() + 60_000;
        for (Thread thread : threads) {
            thread.join(Math.max(1, end - System.currentTimeMillis()));
        }
    }

    private static void runCase(Path file, String name) {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(file.toString().replace(".properties", ".out"))))) {
            try {
                Properties properties = new Properties();
                try (Reader reader = Files.newBufferedReader(file)) {
                    properties.load(reader);
                }
                String task = take(properties, "case.do", "produce");
                String without = take(properties, "case.without", "");
                if (without.isEmpty()) {
                    perform(task, properties);
                } else {
                    performWithout(without, task, properties);
                }
                out.println("OK");
            } catch (Throwable error) {
                error.printStackTrace(out);
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String take(Properties properties, String name, String otherwise) {
        Object value = properties.remove(name);
        return value == null ? otherwise : value.toString();
    }

    /** In a class loader of its own, as an application that lacks a jar. */
    private static void performWithout(String jar, String task, Properties properties) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.toLowerCase(Locale.ROOT).contains(jar)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        try {
            loader.loadClass("Cases").getMethod("perform", String.class, Properties.class).invoke(null, task, properties);
        } catch (java.lang.reflect.InvocationTargetException error) {
            if (error.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) error.getCause();
        }
    }

    public static void perform(String task, Properties properties) throws Exception {
        String[] words = task.split(" ");
        String topic = properties.getProperty("case.topic", "cases");
        properties.remove("case.topic");
        switch (words[0]) {
            case "produce" -> produce(properties, topic, 0);
            case "produce-for" -> produce(properties, topic, Long.parseLong(words[1]));
            case "consume" -> consume(properties, topic);
            case "list-topics" -> listTopics(properties);
            default -> {
                try (Admin admin = Admin.create(properties)) {
                    administrate(admin, words);
                }
            }
        }
    }

    private static void produce(Properties properties, String topic, long durationMs) throws Exception {
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            if (properties.containsKey("transactional.id")) {
                producer.initTransactions();
                return;
            }
            producer.send(new ProducerRecord<>(topic, "record")).get();
            long end = System.currentTimeMillis() + durationMs;
            while (System.currentTimeMillis() < end) {
                producer.send(new ProducerRecord<>(topic, "record")).get();
                Thread.sleep(200);
            }
        }
    }

    private static void consume(Properties properties, String topic) {
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(topic));
            long end = System.currentTimeMillis() + 30_000;
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(200));
                if (System.currentTimeMillis() > end) {
                    throw new IllegalStateException("the consumer was given no partition");
                }
            }
        }
    }

    private static void listTopics(Properties properties) {
        properties.put("key.deserializer", StringDeserializer.class.getName());
        properties.put("value.deserializer", StringDeserializer.class.getName());
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.listTopics();
        }
    }

    private static void administrate(Admin admin, String[] words) throws Exception {
        String argument = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "describe-cluster" -> admin.describeCluster().clusterId().get();
            case "describe-acls" -> admin.describeAcls(AclBindingFilter.ANY).values().get();
            case "make-tokens" -> {
                print("own", admin.createDelegationToken().delegationToken().get());
                DelegationToken expired = admin.createDelegationToken().delegationToken().get();
                // Brokers hear of it a moment later.
                Thread.sleep(1_000);
                admin.expireDelegationToken(expired.hmac(), new ExpireDelegationTokenOptions().expiryTimePeriodMs(0))
                        .expiryTimestamp().get();
                print("expired", expired);
            }
            case "create-token" -> {
                CreateDelegationTokenOptions options = new CreateDelegationTokenOptions();
                if (!argument.isEmpty()) {
                    String[] owner = argument.split(":");
                    options.owner(new KafkaPrincipal(owner[0], owner[1]));
                }
                if (words.length > 2) {
                    String[] renewer = words[2].split(":");
                    options.renewers(List.of(new KafkaPrincipal(renewer[0], renewer[1])));
                }
                admin.createDelegationToken(options).delegationToken().get();
            }
            case "renew-token" -> admin.renewDelegationToken(Base64.getDecoder().decode(argument)).expiryTimestamp().get();
            case "expire-token" -> admin.expireDelegationToken(Base64.getDecoder().decode(argument),
                    new ExpireDelegationTokenOptions().expiryTimePeriodMs(-1)).expiryTimestamp().get();
            default -> throw new IllegalArgumentException(words[0] + " is nothing to do");
        }
    }

    private static void print(String name, DelegationToken token) {
        System.out.println("{\"" + name + "\":{\"id\":\"" + token.tokenInfo().tokenId() + "\",\"hmac\":\""
                + token.hmacAsBase64String() + "\"}}");
    }
}

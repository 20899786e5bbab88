import java.io.FileReader;
import java.util.Properties;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** Sends a message through a topic, with the component set up by a file of properties: {@code CamelRoute <properties> <topic>}. */
public class CamelRoute {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(args[0])) {
            properties.load(file);
        }
        Main main = new Main();
        properties.stringPropertyNames().forEach(name -> main.addProperty(name, properties.getProperty(name)));
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("timer:once?repeatCount=1").setBody(constant("a record")).to("kafka:" + args[1]);
                from("kafka:" + args[1] + "?autoOffsetReset=earliest&groupId=" + args[1]).process(exchange -> {
                    System.out.println(exchange.getMessage().getBody(String.class) + " came through");
                    System.out.flush();
                    Runtime.getRuntime().halt(0);
                });
            }
        });
        main.run();
    }
}

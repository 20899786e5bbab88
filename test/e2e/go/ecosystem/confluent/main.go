// Produces a record and consumes it, with the configuration that config printed into config.go beside this file.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func main() {
	topic := os.Args[1]
	producer, err := kafka.NewProducer(kafkaConfig())
	if err != nil {
		panic(err)
	}
	reports := make(chan kafka.Event, 1)
	err = producer.Produce(&kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: kafka.PartitionAny},
		Value:          []byte("a record"),
	}, reports)
	if err != nil {
		panic(err)
	}
	if report := (<-reports).(*kafka.Message); report.TopicPartition.Error != nil {
		panic(report.TopicPartition.Error)
	}
	reading := kafkaConfig()
	(*reading)["group.id"] = topic
	(*reading)["auto.offset.reset"] = "earliest"
	consumer, err := kafka.NewConsumer(reading)
	if err != nil {
		panic(err)
	}
	if err := consumer.Subscribe(topic, nil); err != nil {
		panic(err)
	}
	message, err := consumer.ReadMessage(40 * time.Second)
	if err != nil {
		panic(err)
	}
	_, version := kafka.LibraryVersion()
	fmt.Println(string(message.Value), "came through with librdkafka", version)
}

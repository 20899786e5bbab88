// Produces a record and consumes it, with the configuration that config printed into kafka.go beside this file.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"
)

func main() {
	topic := os.Args[1]
	config := kafkaConfig()
	config.Producer.Return.Successes = true
	client, err := sarama.NewClient(brokers, config)
	if err != nil {
		panic(err)
	}
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		panic(err)
	}
	message := &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("a record")}
	if _, _, err := producer.SendMessage(message); err != nil {
		panic(err)
	}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		panic(err)
	}
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		panic(err)
	}
	select {
	case record := <-partition.Messages():
		fmt.Println(string(record.Value), "came through")
	case <-time.After(30 * time.Second):
		panic("nothing came through")
	}
}

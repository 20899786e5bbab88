// Produces a record and consumes it, with the options that config printed into kafka.go beside this file.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	topic := os.Args[1]
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	client, err := kgo.NewClient(append(kafkaOptions(), kgo.AllowAutoTopicCreation(), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	record := kgo.StringRecord("a record")
	record.Topic = topic
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		panic(err)
	}
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			panic(err)
		}
		if fetches.NumRecords() > 0 {
			fmt.Println(string(fetches.Records()[0].Value), "came through")
			return
		}
	}
	panic("nothing came through")
}

// Produces a record every now and then, consumes the same, and prints what became of them as JSON lines.
//
//	client <bootstrap> <token endpoint> <topic> <duration ms> <interval ms>
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"golang.org/x/oauth2/clientcredentials"
)

type event map[string]any

func show(line event) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	if len(os.Args) != 6 {
		panic("usage: client <bootstrap> <token endpoint> <topic> <duration ms> <interval ms>")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], milliseconds(os.Args[4]), milliseconds(os.Args[5])); err != nil {
		show(event{"event": "refused", "error": err.Error()})
		os.Exit(2)
	}
}

func milliseconds(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return time.Duration(n) * time.Millisecond
}

func options(bootstrap, endpoint string) []kgo.Opt {
	credentials := clientcredentials.Config{ClientID: "unused", ClientSecret: "unused", TokenURL: endpoint}
	// TokenSource keeps the token until ten seconds before expires_in, as every user of x/oauth2 does.
	source := credentials.TokenSource(context.Background())
	return []kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.SASL(oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			token, err := source.Token()
			if err != nil {
				return oauth.Auth{}, err
			}
			return oauth.Auth{Token: token.AccessToken}, nil
		})),
		kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelInfo, nil)),
	}
}

func run(bootstrap, endpoint, topic string, duration, interval time.Duration) error {
	ctx := context.Background()
	producer, err := kgo.NewClient(append(options(bootstrap, endpoint), kgo.AllowAutoTopicCreation())...)
	if err != nil {
		return err
	}
	defer producer.Close()
	record := func(n int) *kgo.Record {
		return &kgo.Record{Topic: topic, Value: []byte(strconv.Itoa(n))}
	}
	first, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := producer.ProduceSync(first, record(0)).FirstErr(); err != nil {
		return err
	}
	show(event{"event": "producing"})

	consumer, err := kgo.NewClient(append(options(bootstrap, endpoint),
		kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		return err
	}
	defer consumer.Close()

	var lock sync.Mutex
	acknowledged, consumed, duplicates, failures := 1, map[string]bool{}, 0, []string{}
	consuming, stop := context.WithCancel(ctx)
	defer stop()
	var done sync.WaitGroup
	done.Go(func() {
		for consuming.Err() == nil {
			fetches := consumer.PollFetches(consuming)
			lock.Lock()
			fetches.EachError(func(_ string, _ int32, err error) {
				if !errors.Is(err, context.Canceled) {
					failures = append(failures, "consumer: "+err.Error())
				}
			})
			fetches.EachRecord(func(r *kgo.Record) {
				if consumed[string(r.Value)] {
					duplicates++
				}
				consumed[string(r.Value)] = true
			})
			lock.Unlock()
		}
	})

	sent := 1
	for end := time.Now().Add(duration); time.Now().Before(end); sent++ {
		producer.Produce(ctx, record(sent), func(_ *kgo.Record, err error) {
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failures = append(failures, "producer: "+err.Error())
			} else {
				acknowledged++
			}
		})
		time.Sleep(interval)
	}
	if err := producer.Flush(ctx); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		lock.Lock()
		all := len(consumed) >= acknowledged
		lock.Unlock()
		if all {
			break
		}
	}
	stop()
	done.Wait()
	show(event{
		"event": "result", "sent": sent, "acknowledged": acknowledged,
		"consumed": len(consumed), "duplicates": duplicates, "errors": failures,
	})
	return nil
}

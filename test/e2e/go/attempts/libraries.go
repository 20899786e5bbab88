package main

import (
	"context"
	"io"
	"log"
	"time"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	kafkaplain "github.com/segmentio/kafka-go/sasl/plain"
	kafkascram "github.com/segmentio/kafka-go/sasl/scram"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"golang.org/x/oauth2"
)

func franz(ctx context.Context, a attempt, out io.Writer) error {
	options := []kgo.Opt{
		kgo.SeedBrokers(a.Bootstrap), kgo.AllowAutoTopicCreation(), kgo.WithLogger(kgo.BasicLogger(out, kgo.LogLevelInfo, nil)),
	}
	config, err := a.tls()
	if err != nil {
		return err
	}
	if config != nil {
		options = append(options, kgo.DialTLSConfig(config))
	}
	source := a.tokens()
	switch a.Mechanism {
	case "OAUTHBEARER":
		options = append(options, kgo.SASL(oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			token, err := source.Token()
			if err != nil {
				return oauth.Auth{}, err
			}
			return oauth.Auth{Token: token.AccessToken}, nil
		})))
	case "PLAIN":
		options = append(options, kgo.SASL(plain.Auth{User: a.Username, Pass: a.Password}.AsMechanism()))
	case "SCRAM-SHA-512":
		options = append(options, kgo.SASL(scram.Auth{User: a.Username, Pass: a.Password}.AsSha512Mechanism()))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(ctx, &kgo.Record{Topic: a.Topic, Value: []byte("attempt")}).FirstErr()
}

type saramaTokens struct{ source oauth2.TokenSource }

func (s saramaTokens) Token() (*sarama.AccessToken, error) {
	token, err := s.source.Token()
	if err != nil {
		return nil, err
	}
	return &sarama.AccessToken{Token: token.AccessToken}, nil
}

func saramas(_ context.Context, a attempt, _ io.Writer) error {
	config := sarama.NewConfig()
	config.ClientID = a.Name
	config.Metadata.Retry.Backoff = time.Second
	config.Producer.Return.Successes = true
	tls, err := a.tls()
	if err != nil {
		return err
	}
	config.Net.TLS.Enable, config.Net.TLS.Config = a.TLS, tls
	config.Net.SASL.Enable = a.Mechanism != ""
	config.Net.SASL.Mechanism = sarama.SASLMechanism(a.Mechanism)
	config.Net.SASL.User, config.Net.SASL.Password = a.Username, a.Password
	if a.Endpoint != "" {
		config.Net.SASL.TokenProvider = saramaTokens{a.tokens()}
	}
	producer, err := sarama.NewSyncProducer([]string{a.Bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: a.Topic, Value: sarama.StringEncoder("attempt")})
	return err
}

// As programs add it to kafka-go, which has none of its own.
type bearer struct{ source oauth2.TokenSource }

func (bearer) Name() string { return "OAUTHBEARER" }

func (b bearer) Start(context.Context) (sasl.StateMachine, []byte, error) {
	token, err := b.source.Token()
	if err != nil {
		return nil, nil, err
	}
	return b, []byte("n,,\x01auth=Bearer " + token.AccessToken + "\x01\x01"), nil
}

// The broker says why in a challenge, which is answered by one byte (RFC 7628 §3.2.3).
func (bearer) Next(_ context.Context, challenge []byte) (bool, []byte, error) {
	if len(challenge) == 0 {
		return true, nil, nil
	}
	return false, []byte{1}, nil
}

func segmentio(ctx context.Context, a attempt, out io.Writer) error {
	config, err := a.tls()
	if err != nil {
		return err
	}
	transport := &kafka.Transport{TLS: config, DialTimeout: 5 * time.Second}
	switch a.Mechanism {
	case "OAUTHBEARER":
		transport.SASL = bearer{a.tokens()}
	case "PLAIN":
		transport.SASL = kafkaplain.Mechanism{Username: a.Username, Password: a.Password}
	case "SCRAM-SHA-512":
		mechanism, err := kafkascram.Mechanism(kafkascram.SHA512, a.Username, a.Password)
		if err != nil {
			return err
		}
		transport.SASL = mechanism
	}
	writer := &kafka.Writer{
		Addr: kafka.TCP(a.Bootstrap), Topic: a.Topic, Transport: transport, AllowAutoTopicCreation: true,
		MaxAttempts: 3, BatchTimeout: 10 * time.Millisecond, ErrorLogger: log.New(out, "[kafka-go] ", log.LstdFlags),
	}
	defer writer.Close()
	for {
		err := writer.WriteMessages(ctx, kafka.Message{Value: []byte("attempt")})
		// The topic is made by the first attempt.
		if err != kafka.UnknownTopicOrPartition && err != kafka.LeaderNotAvailable {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

package main

import (
	"context"
	"sort"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Scrapes every so often; the rules are looked at as often.
type scenario struct {
	EverySeconds int64 `json:"everySeconds"`
	// When the first scrape was, in seconds since the epoch.
	StartsAt int64         `json:"startsAt"`
	Series   []givenSeries `json:"series"`
}

type givenSeries struct {
	Labels map[string]string `json:"labels"`
	Values []float64         `json:"values"`
}

// An alert fires when its expression had the same series for as long as it says, as in Prometheus.
func (happened scenario) firing(exprs parser.Parser, rules []rule) ([]string, error) {
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:    1_000_000,
		Timeout:       time.Minute,
		LookbackDelta: 5 * time.Minute,
		Parser:        exprs,
	})
	defer engine.Close()
	known, scrapes := happened.memory()
	fires := map[string]bool{}
	for _, one := range rules {
		wait, err := model.ParseDuration(one.For)
		if err != nil {
			return nil, err
		}
		activeSince := map[uint64]time.Time{}
		for turn := range scrapes {
			now := time.Unix(happened.StartsAt+int64(turn)*happened.EverySeconds, 0)
			active, err := at(engine, known, one.Expr, now)
			if err != nil {
				return nil, err
			}
			for series := range activeSince {
				if !active[series] {
					delete(activeSince, series)
				}
			}
			for series := range active {
				if _, is := activeSince[series]; !is {
					activeSince[series] = now
				}
				if turn == scrapes-1 && now.Sub(activeSince[series]) >= time.Duration(wait) {
					fires[one.Alert] = true
				}
			}
		}
	}
	names := []string{}
	for name := range fires {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}

func at(engine *promql.Engine, known memory, expr string, now time.Time) (map[uint64]bool, error) {
	query, err := engine.NewInstantQuery(context.Background(), known, nil, expr, now)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return nil, result.Err
	}
	vector, err := result.Vector()
	if err != nil {
		return nil, err
	}
	active := map[uint64]bool{}
	for _, sample := range vector {
		active[sample.Metric.Hash()] = true
	}
	return active, nil
}

func (happened scenario) memory() (memory, int) {
	known, scrapes := memory{}, 0
	for _, given := range happened.Series {
		samples := []chunks.Sample{}
		for turn, value := range given.Values {
			samples = append(samples, sample{(happened.StartsAt + int64(turn)*happened.EverySeconds) * 1000, value})
		}
		known = append(known, storage.NewListSeries(labels.FromMap(given.Labels), samples))
		scrapes = max(scrapes, len(samples))
	}
	sort.Slice(known, func(a, b int) bool { return labels.Compare(known[a].Labels(), known[b].Labels()) < 0 })
	return known, scrapes
}

type sample struct {
	at    int64
	value float64
}

func (s sample) T() int64                      { return s.at }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }

// All series there are.
type memory []storage.Series

func (known memory) Querier(_, _ int64) (storage.Querier, error) { return querier{known}, nil }

type querier struct{ known memory }

func (querier) Close() error { return nil }

func (q querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (q querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := []storage.Series{}
	for _, series := range q.known {
		if matches(series.Labels(), matchers) {
			found = append(found, series)
		}
	}
	return &set{found: found, at: -1}
}

func matches(of labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(of.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

type set struct {
	found []storage.Series
	at    int
}

func (s *set) Next() bool                        { s.at++; return s.at < len(s.found) }
func (s *set) At() storage.Series                { return s.found[s.at] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

// Prometheus' own parsers and engine, for what the suite asks: one question as JSON on standard input, one answer on standard
// output. Not promtool, which needs modules that are not to be had everywhere.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sort"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

type question struct {
	// A scrape as it was answered.
	Scrape string `json:"scrape"`
	// Paths of files with rules.
	RuleFiles []string `json:"ruleFiles"`
	// Expressions of PromQL.
	Expressions []string `json:"expressions"`
	// What happened, to see which alerts fire.
	Scenarios []scenario `json:"scenarios"`
}

type answer struct {
	Families    []family     `json:"families"`
	Rules       []rule       `json:"rules"`
	Expressions []expression `json:"expressions"`
	// Alerts that fire at the end of each scenario.
	Firing [][]string `json:"firing"`
	Faults []string   `json:"faults"`
}

type family struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Labels []string `json:"labels"`
	Series int      `json:"series"`
}

type rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

type expression struct {
	Text string `json:"text"`
	// Metrics by name with the labels that they are selected by.
	Selected map[string][]string `json:"selected"`
	// Labels that series are grouped and joined by.
	Grouped []string `json:"grouped"`
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	promql := parser.NewParser(parser.Options{})
	said := answer{Families: []family{}, Rules: []rule{}, Expressions: []expression{}, Firing: [][]string{}, Faults: []string{}}
	fault := func(err error) { said.Faults = append(said.Faults, err.Error()) }

	if asked.Scrape != "" {
		families, err := families(asked.Scrape)
		if err != nil {
			fault(err)
		}
		said.Families = families
	}
	for _, file := range asked.RuleFiles {
		groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation, promql, slog.Default())
		for _, err := range errs {
			fault(err)
		}
		if groups == nil {
			continue
		}
		for _, group := range groups.Groups {
			for _, found := range group.Rules {
				said.Rules = append(said.Rules, rule{found.Alert, found.Expr, found.For.String(), found.Labels, found.Annotations})
			}
		}
	}
	for _, text := range asked.Expressions {
		found, err := read(promql, text)
		if err != nil {
			fault(fmt.Errorf("%s: %w", text, err))
			continue
		}
		said.Expressions = append(said.Expressions, found)
	}
	for _, happened := range asked.Scenarios {
		firing, err := happened.firing(promql, said.Rules)
		if err != nil {
			fault(err)
		}
		said.Firing = append(said.Firing, firing)
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		os.Exit(2)
	}
}

func families(text string) ([]family, error) {
	reader := expfmt.NewTextParser(model.UTF8Validation)
	found, err := reader.TextToMetricFamilies(strings.NewReader(text))
	list := []family{}
	for name, one := range found {
		names := map[string]bool{}
		for _, metric := range one.GetMetric() {
			for _, pair := range metric.GetLabel() {
				names[pair.GetName()] = true
			}
		}
		list = append(list, family{name, strings.ToLower(dto.MetricType_name[int32(one.GetType())]), sorted(names), len(one.GetMetric())})
	}
	sort.Slice(list, func(a, b int) bool { return list[a].Name < list[b].Name })
	return list, err
}

func read(promql parser.Parser, text string) (expression, error) {
	root, err := promql.ParseExpr(text)
	if err != nil {
		return expression{}, err
	}
	selected := map[string]map[string]bool{}
	grouped := map[string]bool{}
	parser.Inspect(root, func(node parser.Node, _ []parser.Node) error {
		switch one := node.(type) {
		case *parser.VectorSelector:
			name, by := "", []string{}
			for _, matcher := range one.LabelMatchers {
				if matcher.Name == labels.MetricName {
					name = matcher.Value
				} else {
					by = append(by, matcher.Name)
				}
			}
			if selected[name] == nil {
				selected[name] = map[string]bool{}
			}
			for _, label := range by {
				selected[name][label] = true
			}
		case *parser.AggregateExpr:
			for _, label := range one.Grouping {
				grouped[label] = true
			}
		case *parser.BinaryExpr:
			if one.VectorMatching != nil {
				for _, label := range append(one.VectorMatching.MatchingLabels, one.VectorMatching.Include...) {
					grouped[label] = true
				}
			}
		}
		return nil
	})
	lists := map[string][]string{}
	for name, by := range selected {
		lists[name] = sorted(by)
	}
	return expression{text, lists, sorted(grouped)}, nil
}

func sorted(set map[string]bool) []string {
	list := []string{}
	for item := range set {
		list = append(list, item)
	}
	sort.Strings(list)
	return list
}

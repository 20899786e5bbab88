//go:build programs

// Named here so that `go mod tidy` keeps what they are built from.
package programs

import (
	_ "github.com/apache/beam/sdks/v2/go/cmd/prism"
	_ "github.com/apache/beam/sdks/v2/java/container"
)

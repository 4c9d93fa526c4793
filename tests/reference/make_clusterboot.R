# Writes clusterboot.json: how well fpc's clusterboot finds the clusters of two tables again.
# From the repository root: Rscript tests/reference/make_clusterboot.R

library(fpc)
library(jsonlite)

B <- 2000
RUNS <- 25

# Four blobs of unequal sizes, of which the last two overlap.
blobs <- function() {
  sizes <- c(120, 60, 90, 40)
  x <- rep(c(0, 9, 0, 1.8), sizes) + rnorm(sum(sizes))
  y <- rep(c(0, 2, 8, 8.9), sizes) + rnorm(sum(sizes))
  # Few digits, so that what is read is what was clustered.
  round(cbind(x, y), 4)
}

bootstrap <- function(name, data, k) {
  found <- clusterboot(
    data, B = B, bootmethod = "boot", bscompare = TRUE, multipleboot = TRUE,
    clustermethod = kmeansCBI, krange = k, scaling = FALSE, runs = RUNS, count = FALSE
  )
  list(
    table = unbox(name),
    k = unbox(k),
    columns = unname(lapply(seq_len(ncol(data)), function(j) data[, j])),
    labels = unname(found$partition) - 1L,
    jaccard = found$bootmean,
    sd = apply(found$bootresult, 1, sd),
    dissolved = found$bootbrd,
    recovered = found$bootrecover
  )
}

set.seed(2007)
tables <- list(
  bootstrap("iris", unname(as.matrix(datasets::iris[, 1:4])), 3),
  bootstrap("blobs", unname(blobs()), 4)
)
out <- list(
  r = unbox(as.character(getRversion())),
  fpc = unbox(as.character(packageVersion("fpc"))),
  resamples = unbox(B),
  starts = unbox(RUNS),
  tables = tables
)
writeLines(toJSON(out, digits = NA), "tests/reference/clusterboot.json")

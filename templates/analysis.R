# The pooled estimates of pooled.csv, computed again with metafor from effects.csv.
# Run it in the folder of these files: Rscript analysis.R
# It writes pooled_R.csv, and stops if a number differs more than 1e-6.

suppressPackageStartupMessages(library(metafor))

effects <- read.csv("effects.csv", stringsAsFactors = FALSE)
pooled  <- read.csv("pooled.csv", stringsAsFactors = FALSE)
control <- list(threshold = 1e-12, maxiter = 10000)

refit <- function(row) {
  projects <- strsplit(row$projects, "; ", fixed = TRUE)[[1]]
  set <- effects[effects$measure == row$measure & effects$wave == row$wave &
                   effects$project %in% projects & effects$pooled, ]
  stopifnot(nrow(set) == row$k)
  if (row$k == 1) {
    fit <- rma(yi, vi, data = set, method = "FE")
    df <- NA
  } else {
    fit <- rma(yi, vi, data = set, method = "REML", test = "knha", control = control)
    df <- row$k - 1
  }
  # Prediction interval: t with k - 2 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009).
  half <- if (row$k > 2) qt(.975, row$k - 2) * sqrt(fit$tau2 + fit$se^2) else NA
  data.frame(
    measure = row$measure, wave = row$wave, selection = row$selection, k = row$k,
    estimate = as.numeric(fit$b), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
    p = fit$pval, df = df, tau2 = if (row$k == 1) NA else fit$tau2,
    i2 = if (row$k == 1) NA else fit$I2, q = fit$QE, q_p = fit$QEp,
    pi_low = as.numeric(fit$b) - half, pi_high = as.numeric(fit$b) + half
  )
}

again <- do.call(rbind, lapply(seq_len(nrow(pooled)), function(i) refit(pooled[i, ])))
write.csv(again, "pooled_R.csv", row.names = FALSE)
print(again[, c("measure", "selection", "k", "estimate", "ci_low", "ci_high", "tau2")],
      digits = 4, row.names = FALSE)

for (column in c("estimate", "se", "ci_low", "ci_high", "p", "tau2", "pi_low", "pi_high")) {
  gap <- abs(again[[column]] - pooled[[column]])
  if (any(gap > 1e-6, na.rm = TRUE) || any(is.na(again[[column]]) != is.na(pooled[[column]]))) {
    stop("metafor and evalkit differ in ", column, ": ", max(gap, na.rm = TRUE))
  }
}
cat("metafor", as.character(packageVersion("metafor")), "agrees with pooled.csv to 1e-6.\n")

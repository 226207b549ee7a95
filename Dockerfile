# Meterlark with its embedded store: data in /data, as a user without rights, one process that hears signals.
#   docker build -t meterlark . && docker run -p 127.0.0.1:11800:11800 -p 127.0.0.1:12800:12800 -v meterlark-data:/data meterlark
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /meterlark
COPY . .
# Builds through "prepare".
RUN npm ci

# The build is one bundle but for chDB, which is native: nothing else of node_modules is needed to run. The lock file says
# which version, and is not used further: it may lack the library of another processor than the one it was written on.
FROM ${NODE_IMAGE} AS native
WORKDIR /meterlark
COPY package-lock.json lock.json
RUN npm install --no-package-lock --omit=dev --ignore-scripts "chdb@$(node -p 'require("./lock.json").packages["node_modules/chdb"].version')" \
  && node -e 'require("chdb")' \
  && rm -f lock.json package.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    METERLARK_STORAGE_CLICKHOUSE_PATH=/data
WORKDIR /meterlark
COPY --from=native /meterlark/node_modules node_modules
COPY LICENSE package.json ./
COPY config config
COPY core/package.json core/package.json
COPY core/bin core/bin
COPY --from=build /meterlark/core/dist core/dist
# `meterlark check` and the like in a running container; a volume takes the owner of the folder it is laid over.
RUN ln -s /meterlark/core/bin/meterlark.cjs /usr/local/bin/meterlark \
  && mkdir /data && chown 1000:1000 /data
VOLUME /data
# The user "node" of the image, as a number: Kubernetes can tell that it is not root.
USER 1000:1000
# gRPC, HTTP, Zipkin in, Zipkin query, LogQL. The admin port 17128 has no token and stays on the container's loopback.
EXPOSE 11800 12800 9411 9412 3100
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.METERLARK_SERVER_HTTP_PORT || 12800) + '/healthcheck').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No shell between: SIGTERM reaches the server, which drains, flushes and exits 0.
ENTRYPOINT ["node", "/meterlark/core/bin/meterlark.cjs"]
CMD ["start"]

# The image of the site programs: docker build --tag streambed:0.1.0 .
# scripts/build-image.sh makes the same one without a registry.
FROM node:24-slim AS programs
WORKDIR /opt/streambed
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
COPY scripts/image-packages.txt /tmp/
RUN apt-get update \
	&& sed 's/#.*//' /tmp/image-packages.txt | xargs env DEBIAN_FRONTEND=noninteractive \
		apt-get install --yes --no-install-recommends \
	&& rm -rf /var/lib/apt/lists/* /tmp/image-packages.txt
WORKDIR /opt/streambed
COPY --from=programs /opt/streambed/node_modules node_modules
COPY --from=programs /opt/streambed/dist dist
COPY package.json ./
COPY proxies/scistream/*.proto proxies/scistream/
